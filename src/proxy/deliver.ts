import type { Breaker } from './breaker.ts';
import type { DedupeClaim } from './dedupe.ts';
import type { ProxyLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Spool } from './spool/spool.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream/upstream.ts';

/** Hands batches on, or keeps them. */
export interface Delivery {
  /**
   * `ok` once the primary upstream has the batch or it is durable. A batch whose sender will not come again (`final`) is tried further in
   * the background for 25 s where it could be neither. One that may be in the spool already goes there again and no other way: what the
   * spool brings is suppressed by its own keys.
   */
  accept(batch: IntakeBatch, waitUntil: (promise: Promise<unknown>) => void, claim?: DedupeClaim): Promise<Outcome>;
  /** Tries the primary upstream once, the others where it took the batch. For what a spool kept. */
  handOn(batch: IntakeBatch): Promise<Outcome>;
}

export interface DeliveryOptions {
  readonly upstreams: readonly [Upstream, ...Upstream[]];
  readonly spool: Spool | undefined;
  readonly breaker: Breaker;
  readonly upstreamTimeoutMillis: number;
  readonly log: ProxyLog;
  readonly metrics: Metrics;
}

/** With a spool behind, an upstream is not waited for as long: the sender holds its connection. */
const spoolBudgetMillis = 3_000;
/** A Worker's `waitUntil` ends 30 s after the answer. */
const finalMillis = 25_000;
/** A fault of the upstream's own code, which this batch brought to light: another try would meet it again, other batches need not. */
const thrown = { status: 'rejected', code: 'internal_error' } as const;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { upstreams, spool, breaker, upstreamTimeoutMillis, log, metrics } = options;
  const [primary, ...others] = upstreams;

  async function send(upstream: Upstream, batch: IntakeBatch, timeoutMillis: number): Promise<Outcome> {
    try {
      return await upstream(batch, AbortSignal.timeout(timeoutMillis));
    } catch {
      return thrown;
    }
  }

  async function sendPrimary(batch: IntakeBatch, timeoutMillis: number): Promise<Outcome> {
    const waitMillis = breaker.waitMillis();
    if (waitMillis > 0) return { status: 'retry', code: 'upstream_down', afterMillis: waitMillis };
    const startMillis = performance.now();
    const outcome = await send(primary, batch, timeoutMillis);
    metrics.time((performance.now() - startMillis) / 1000);
    if (outcome.status === 'retry') breaker.failed(outcome.afterMillis);
    else if (outcome !== thrown) breaker.succeeded();
    if (outcome.status === 'retry' || outcome === thrown) log({ level: 'warn', event: 'upstream', code: outcome.code });
    if (outcome.status === 'ok') {
      const { rejectedSpans = 0 } = outcome;
      metrics.add('spans_delivered', batch.line.spans - rejectedSpans);
      if (rejectedSpans > 0) {
        metrics.add('spans_dropped', rejectedSpans, 'upstream_partial');
        log({ level: 'warn', event: 'upstream', code: 'upstream_partial', spans: rejectedSpans });
      }
    }
    return outcome;
  }

  async function sendOthers(batch: IntakeBatch): Promise<void> {
    for (const outcome of await Promise.all(others.map((other) => send(other, batch, upstreamTimeoutMillis)))) {
      const missing = outcome.status === 'ok' ? (outcome.rejectedSpans ?? 0) : batch.line.spans;
      if (missing === 0) continue;
      metrics.add('spans_not_copied', missing);
      log({ level: 'warn', event: 'other_upstream', code: outcome.status === 'ok' ? 'upstream_partial' : outcome.code });
    }
  }

  async function keepTrying(batch: IntakeBatch): Promise<void> {
    const endsMillis = Date.now() + finalMillis;
    for (let attempt = 1; ; attempt++) {
      const pauseMillis = Math.random() * Math.min(8_000, 500 * 2 ** attempt);
      if (Date.now() + pauseMillis > endsMillis) break;
      await new Promise((resolve) => setTimeout(resolve, pauseMillis));
      const outcome = await sendPrimary(batch, Math.max(1_000, endsMillis - Date.now()));
      if (outcome.status === 'ok') return sendOthers(batch);
      if (outcome.status === 'rejected') return;
    }
    metrics.add('spans_dropped', batch.line.spans, 'final_lost');
    log({ level: 'warn', event: 'final_lost', spans: batch.line.spans });
  }

  return {
    async accept(batch, waitUntil, claim) {
      const isSpooled = spool !== undefined && claim?.mayBeSpooled === true;
      const timeoutMillis = spool === undefined ? upstreamTimeoutMillis : Math.min(spoolBudgetMillis, upstreamTimeoutMillis);
      const outcome: Outcome = isSpooled ? { status: 'retry', code: 'spool_full' } : await sendPrimary(batch, timeoutMillis);
      if (outcome.status === 'ok') waitUntil(sendOthers(batch));
      if (outcome.status !== 'retry') return outcome;
      if (spool !== undefined) await claim?.willSpool();
      if (await spool?.put(batch)) {
        metrics.add('spans_spooled', batch.line.spans);
        return { status: 'ok' };
      }
      if (batch.line.final) waitUntil(keepTrying(batch));
      return outcome;
    },
    async handOn(batch) {
      const outcome = await sendPrimary(batch, upstreamTimeoutMillis);
      if (outcome.status === 'ok') await sendOthers(batch);
      return outcome;
    },
  };
}
