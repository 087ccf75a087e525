import { createBreaker } from './breaker.ts';
import type { ProxyLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream/upstream.ts';

export interface CopiesOptions {
  /** Asks one of them. Never rejects. */
  readonly send: (upstream: Upstream, batch: IntakeBatch) => Promise<Outcome>;
  readonly log: ProxyLog;
  readonly metrics: Metrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Batches on their way to one upstream at once, and bytes of them before they were compressed; beyond, it gets no copy. */
const maxUnderWay = 50;
const maxUnderWayBytes = 8_388_608;

/**
 * Hands copies of what the primary upstream took to the others: best effort, counted, and nobody waits for it. Each has a breaker and a
 * bound of its own, so that one that hangs takes nothing from the primary or from another.
 */
export function createCopies(upstreams: readonly Upstream[], options: CopiesOptions): (batch: IntakeBatch) => Promise<void> {
  const copies = upstreams.map((upstream) => createCopy(upstream, options));
  return async (batch) => {
    await Promise.all(copies.map((copy) => copy(batch)));
  };
}

function createCopy(upstream: Upstream, { send, log, metrics, now }: CopiesOptions): (batch: IntakeBatch) => Promise<void> {
  const breaker = createBreaker(now);
  let batchCount = 0;
  let byteCount = 0;

  async function ask(batch: IntakeBatch): Promise<Outcome> {
    if (batchCount >= maxUnderWay || byteCount + batch.line.raw > maxUnderWayBytes) return { status: 'retry', code: 'busy' };
    if (breaker.waitMillis() > 0) return { status: 'retry', code: 'upstream_down' };
    batchCount++;
    byteCount += batch.line.raw;
    const outcome = await send(upstream, batch);
    batchCount--;
    byteCount -= batch.line.raw;
    if (outcome.status === 'retry') breaker.failed(outcome.afterMillis);
    else breaker.succeeded();
    return outcome;
  }

  return async (batch) => {
    const outcome = await ask(batch);
    const missing = outcome.status === 'ok' ? (outcome.rejectedSpans ?? 0) : batch.line.spans;
    if (missing === 0) return;
    metrics.add('spans_not_copied', missing);
    log({ level: 'warn', event: 'other_upstream', code: outcome.status === 'ok' ? 'upstream_partial' : outcome.code });
  };
}
