import type { Breaker } from './breaker.ts';
import { createCopies } from './copies.ts';
import type { DedupeClaim } from './dedupe.ts';
import { createLastTries } from './last-tries.ts';
import type { ProxyLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Spool, SpoolReport } from './spool/spool.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream/upstream.ts';

/** Keeps the host awake for work that goes on after the answer. */
export type WaitUntil = (promise: Promise<unknown>) => void;

/** Hands batches on, or keeps them. */
export interface Delivery {
  /**
   * `ok` once the primary upstream has the batch or it is durable. A batch whose sender will not come again (`final`) is tried further in
   * the background for 25 s where it could be neither: `settled`. One that may be in the spool already goes there again and no other way:
   * what the spool brings is suppressed by its own keys.
   */
  accept(batch: IntakeBatch, waitUntil: WaitUntil, claim?: DedupeClaim): Promise<Outcome>;
  /** Tries the primary upstream once; the others, where it took the batch, in the background. For what a spool kept. */
  handOn(batch: IntakeBatch, waitUntil?: WaitUntil): Promise<Outcome>;
  /** Counts and logs what a spool or a dedupe says. */
  readonly report: SpoolReport;
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
/** A fault of the upstream's own code, which this batch brought to light: another try would meet it again, other batches need not. */
const thrown = { status: 'rejected', code: 'internal_error' } as const;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { upstreams, spool, breaker, upstreamTimeoutMillis, log, metrics } = options;
  const [primary, ...others] = upstreams;

  async function send(upstream: Upstream, batch: IntakeBatch, timeoutMillis: number): Promise<Outcome> {
    const signal = AbortSignal.timeout(timeoutMillis);
    try {
      return await upstream(batch, signal);
    } catch {
      // What ends by its time does so by throwing.
      return signal.aborted ? { status: 'retry', code: 'upstream_error' } : thrown;
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

  const sendCopies = createCopies(others, {
    send: (other, batch) => send(other, batch, upstreamTimeoutMillis),
    log,
    metrics,
    now: Date.now,
  });
  const lastTries = createLastTries({ send: sendPrimary, log, metrics });
  const report: SpoolReport = {
    dropped(spanCount, reason, code) {
      metrics.add('spans_dropped', spanCount, reason);
      log({ level: 'error', event: reason, code, spans: spanCount });
    },
    forgotten(keyCount) {
      metrics.add('dedupe_forgotten', keyCount);
      log({ level: 'warn', event: 'dedupe_forgotten', batches: keyCount });
    },
    lost: () => log({ level: 'error', event: 'spool_lost' }),
  };

  return {
    async accept(batch, waitUntil, claim) {
      const isSpooled = spool !== undefined && claim?.mayBeSpooled === true;
      const timeoutMillis = spool === undefined ? upstreamTimeoutMillis : Math.min(spoolBudgetMillis, upstreamTimeoutMillis);
      const outcome: Outcome = isSpooled ? { status: 'retry', code: 'spool_full' } : await sendPrimary(batch, timeoutMillis);
      if (outcome.status === 'ok') waitUntil(sendCopies(batch));
      if (outcome.status !== 'retry') return outcome;
      if (spool !== undefined) await claim?.willSpool();
      if (await spool?.put(batch, report)) {
        metrics.add('spans_spooled', batch.line.spans);
        return { status: 'ok' };
      }
      const settled = batch.line.final ? lastTries.begin(batch) : undefined;
      if (settled === undefined) return outcome;
      waitUntil(settled.then(({ status }) => (status === 'ok' ? sendCopies(batch) : undefined)));
      return { ...outcome, settled };
    },
    async handOn(batch, waitUntil) {
      const outcome = await sendPrimary(batch, upstreamTimeoutMillis);
      if (outcome.status === 'ok') {
        const copied = sendCopies(batch);
        waitUntil?.(copied);
      }
      return outcome;
    },
    report,
  };
}
