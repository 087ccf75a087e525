import type { Breaker } from './breaker.ts';
import { createCopies } from './copies.ts';
import type { DedupeClaim, DedupeReport } from './dedupe.ts';
import { createFaults } from './faults.ts';
import { createLastTries } from './last-tries.ts';
import type { ProxyLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Spool, SpoolReport } from './spool/spool.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream/upstream.ts';
import { within } from './within.ts';

/** Keeps the host awake for work that goes on after the answer. */
export type WaitUntil = (promise: Promise<unknown>) => void;

/** Hands batches on, or keeps them. */
export interface Delivery {
  /**
   * `ok` once the primary upstream has the batch or it is durable. A batch whose sender will not come again (`final`) is tried further in
   * the background for 25 s where it could be neither: `settled`. One that may be in the spool already goes there again first, as what the
   * spool brings is suppressed by its own keys; where that fails, to the upstream: a duplicate is better than a loss.
   */
  accept(batch: IntakeBatch, waitUntil: WaitUntil, claim?: DedupeClaim): Promise<Outcome>;
  /**
   * Tries the primary upstream once; the others, where it took the batch, in the background. For what a spool kept: what fails again and
   * again while others are taken holds nothing up but itself, and is given up in the end; while all fail, nothing is.
   */
  handOn(batch: IntakeBatch, waitUntil?: WaitUntil): Promise<Outcome>;
  /** Counts and logs what a spool or a dedupe says. */
  readonly report: SpoolReport & DedupeReport;
}

export interface DeliveryOptions {
  readonly upstreams: readonly [Upstream, ...Upstream[]];
  readonly spool: Spool | undefined;
  readonly breaker: Breaker;
  readonly upstreamTimeoutMillis: number;
  readonly log: ProxyLog;
  readonly metrics: Metrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * With a spool behind, an upstream is waited for as long as senders wait, less what the spool may take: what is put there while the upstream
 * still has it in hand arrives twice. Where many wait, not so long: they hold the places of those that come.
 */
const spoolBudgetMillis = 8_000;
const crowdedBudgetMillis = 3_000;
const crowdCount = 30;
/** By how much an upstream may be later than its signal. */
const obeyMillis = 500;
/** A fault of the upstream's own code, which this batch brought to light: another try would meet it again, other batches need not. */
const thrown = { status: 'rejected', code: 'internal_error' } as const;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { upstreams, spool, breaker, upstreamTimeoutMillis, log, metrics, now } = options;
  const [primary, ...others] = upstreams;
  const faults = createFaults(now);
  let waitingCount = 0;

  async function send(upstream: Upstream, batch: IntakeBatch, timeoutMillis: number): Promise<Outcome> {
    const signal = AbortSignal.timeout(timeoutMillis);
    try {
      // One that does not obey its signal would hold its place for ever.
      return await within(upstream(batch, signal), Math.min(timeoutMillis + obeyMillis, 2_147_483_647), {
        status: 'retry',
        code: 'upstream_timeout',
      });
    } catch {
      // What ends by its time does so by throwing.
      return signal.aborted ? { status: 'retry', code: 'upstream_error' } : thrown;
    }
  }

  async function sendPrimary(batch: IntakeBatch, timeoutMillis: number, isSuspect = false): Promise<Outcome> {
    const waitMillis = breaker.waitMillis();
    if (waitMillis > 0) return { status: 'retry', code: 'upstream_down', afterMillis: waitMillis };
    const startMillis = performance.now();
    const outcome = believed(await send(primary, batch, timeoutMillis));
    metrics.time((performance.now() - startMillis) / 1000);
    if (outcome.status !== 'retry') {
      if (outcome !== thrown) breaker.succeeded();
    } else if (!isSuspect || faults.isOfAll(outcome.code)) breaker.failed(outcome.afterMillis);
    if (outcome.status !== 'ok') log({ level: 'warn', event: 'upstream', code: outcome.code });
    if (outcome.status === 'ok') {
      faults.taken(batch);
      const { rejectedSpans = 0 } = outcome;
      metrics.add('spans_delivered', batch.line.spans - rejectedSpans);
      if (rejectedSpans > 0) {
        metrics.add('spans_dropped', rejectedSpans, 'upstream_partial');
        log({ level: 'warn', event: 'upstream', code: 'upstream_partial', spans: rejectedSpans });
      }
    }
    return outcome;
  }

  /** What answers there and takes nothing may be the wrong receiver: nothing is given up on its word. */
  function believed(outcome: Outcome): Outcome {
    const isItsWord = outcome.status === 'rejected' && outcome !== thrown && /^upstream_\d/.test(outcome.code);
    return isItsWord && !faults.refused() ? { ...outcome, status: 'retry' } : outcome;
  }

  const sendCopies = createCopies(others, {
    send: (other, batch) => send(other, batch, upstreamTimeoutMillis),
    log,
    metrics,
    now,
  });
  async function sendAll(batch: IntakeBatch, timeoutMillis: number, waitUntil?: WaitUntil, isSuspect?: boolean): Promise<Outcome> {
    const outcome = await sendPrimary(batch, timeoutMillis, isSuspect);
    if (outcome.status === 'ok') {
      const copied = sendCopies(batch);
      waitUntil?.(copied);
    }
    return outcome;
  }

  async function keep(batch: IntakeBatch): Promise<boolean> {
    const isKept = (await spool?.put(batch, report)) === true;
    if (isKept) metrics.add('spans_spooled', batch.line.spans);
    return isKept;
  }

  const lastTries = createLastTries({ log, metrics });
  const report: Delivery['report'] = {
    dropped(spanCount, reason, code) {
      metrics.add('spans_dropped', spanCount, reason);
      log({ level: 'error', event: reason, code, spans: spanCount });
    },
    forgotten(keyCount) {
      metrics.add('dedupe_forgotten', keyCount);
      log({ level: 'warn', event: 'dedupe_forgotten', batches: keyCount });
    },
    failed(code) {
      metrics.add('spool_failed', 1, code);
      log({ level: 'error', event: 'spool_failed', code });
    },
    lost: () => log({ level: 'error', event: 'spool_lost' }),
    unanswered() {
      metrics.add('dedupe_unanswered', 1);
      log({ level: 'error', event: 'dedupe_unanswered' });
    },
  };

  return {
    async accept(batch, waitUntil, claim) {
      const isSpooled = claim?.mayBeSpooled === true;
      if (isSpooled && (await keep(batch))) return { status: 'ok' };
      const budgetMillis = waitingCount < crowdCount ? spoolBudgetMillis : crowdedBudgetMillis;
      const timeoutMillis = spool === undefined ? upstreamTimeoutMillis : Math.min(budgetMillis, upstreamTimeoutMillis);
      waitingCount++;
      const outcome = await sendAll(batch, timeoutMillis, waitUntil);
      waitingCount--;
      if (outcome.status !== 'retry') return outcome;
      if (spool !== undefined && !isSpooled) {
        await claim?.willSpool();
        if (await keep(batch)) return { status: 'ok' };
      }
      if (!batch.line.final) return outcome;
      // A spool that failed may have a part of it, or all: it is asked first each time.
      const tryAgain = async (millis: number): Promise<Outcome> =>
        (await keep(batch)) ? { status: 'ok' } : sendAll(batch, millis, waitUntil);
      const settled = lastTries.begin(batch, outcome, tryAgain);
      if (settled === undefined) return outcome;
      waitUntil(settled);
      return { ...outcome, settled };
    },
    async handOn(batch, waitUntil) {
      const outcome = await sendAll(batch, upstreamTimeoutMillis, waitUntil, faults.isSuspect(batch));
      const isThrown = outcome === thrown;
      if (!isThrown && outcome.status !== 'retry') return outcome;
      const judged = faults.judge(batch, { ...outcome, status: 'retry' }, isThrown);
      if (judged.status === 'rejected') metrics.add('spans_delivered', judged.takenSpans ?? 0);
      return judged;
    },
    report,
  };
}
