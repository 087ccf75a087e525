import type { ProxyLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { IntakeBatch, Outcome } from './upstream/upstream.ts';

export interface LastTriesOptions {
  /** Tries the primary upstream. Never rejects. */
  readonly send: (batch: IntakeBatch, timeoutMillis: number) => Promise<Outcome>;
  readonly log: ProxyLog;
  readonly metrics: Metrics;
}

/** Goes on trying where nobody else will. */
export interface LastTries {
  /** What becomes of the batch; undefined where there are too many already: it is lost, and counted. */
  begin(batch: IntakeBatch): Promise<Outcome> | undefined;
}

/** A Worker's `waitUntil` ends 30 s after the answer: the last try begins at 25 s, and may take 3. */
const tryMillis = 25_000;
const lastTryMillis = 3_000;
const longestPauseMillis = 8_000;
/** Batches at once, and bytes of them before they were compressed; in memory they take some times that. */
const maxBatches = 100;
const maxBytes = 8_388_608;

/** Tries batches whose senders will not come again for 25 s; every outcome is counted. */
export function createLastTries({ send, log, metrics }: LastTriesOptions): LastTries {
  let batchCount = 0;
  let byteCount = 0;

  async function tryOn(batch: IntakeBatch): Promise<Outcome> {
    const endsMillis = Date.now() + tryMillis;
    for (let attempt = 1; ; attempt++) {
      const jitter = Math.random() * Math.min(longestPauseMillis, 500 * 2 ** attempt);
      await new Promise((resolve) => setTimeout(resolve, Math.min(jitter, endsMillis - Date.now())));
      const outcome = await send(batch, Math.max(lastTryMillis, endsMillis - Date.now()));
      if (outcome.status !== 'retry' || Date.now() >= endsMillis) return outcome;
    }
  }

  function drop(batch: IntakeBatch, reason: 'final_lost' | 'final_rejected', code: string): void {
    metrics.add('spans_dropped', batch.line.spans, reason);
    log({ level: 'warn', event: reason, code, spans: batch.line.spans });
  }

  async function settle(batch: IntakeBatch): Promise<Outcome> {
    try {
      const outcome = await tryOn(batch);
      if (outcome.status === 'ok') {
        metrics.add('batches_accepted', 1);
        metrics.add('spans_accepted', batch.line.spans);
        metrics.ledger(batch.line);
      } else drop(batch, outcome.status === 'rejected' ? 'final_rejected' : 'final_lost', outcome.code);
      return outcome;
    } finally {
      batchCount--;
      byteCount -= batch.line.raw;
    }
  }

  return {
    begin(batch) {
      if (batchCount >= maxBatches || byteCount + batch.line.raw > maxBytes) {
        drop(batch, 'final_lost', 'busy');
        return undefined;
      }
      batchCount++;
      byteCount += batch.line.raw;
      return settle(batch);
    },
  };
}
