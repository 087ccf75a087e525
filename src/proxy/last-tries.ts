import type { ProxyLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { IntakeBatch, Outcome, Retry } from './upstream/upstream.ts';

export interface LastTriesOptions {
  readonly log: ProxyLog;
  readonly metrics: Metrics;
}

/** Goes on trying where nobody else will. */
export interface LastTries {
  /**
   * What becomes of the batch; undefined where there are too many already: it is lost, and counted.
   *
   * @param first What the try before said.
   * @param tryAgain Never rejects.
   */
  begin(batch: IntakeBatch, first: Retry, tryAgain: (timeoutMillis: number) => Promise<Outcome>): Promise<Outcome> | undefined;
}

/** A Worker's `waitUntil` ends 30 s after the answer: the last try begins at 25 s, and may take 3. */
const tryMillis = 25_000;
const lastTryMillis = 3_000;
const longestPauseMillis = 8_000;
/** Batches at once, and bytes of them before they were compressed; in memory they take some times that. */
const maxBatches = 100;
const maxBytes = 8_388_608;

/** Tries batches whose senders will not come again for 25 s; every outcome is counted. */
export function createLastTries({ log, metrics }: LastTriesOptions): LastTries {
  let batchCount = 0;
  let byteCount = 0;

  /** Gives what the last try said, and how much the tries together have brought there: one that is not made says nothing of it. */
  async function tryOn(first: Retry, tryAgain: (timeoutMillis: number) => Promise<Outcome>): Promise<[Outcome, takenSpans: number]> {
    const endsMillis = Date.now() + tryMillis;
    let takenSpans = first.takenSpans ?? 0;
    for (let attempt = 1; ; attempt++) {
      const jitter = Math.random() * Math.min(longestPauseMillis, 500 * 2 ** attempt);
      await new Promise((resolve) => setTimeout(resolve, Math.min(jitter, endsMillis - Date.now())));
      const outcome = await tryAgain(Math.max(lastTryMillis, endsMillis - Date.now()));
      if (outcome.status === 'retry') takenSpans = Math.max(takenSpans, outcome.takenSpans ?? 0);
      if (outcome.status !== 'retry' || Date.now() >= endsMillis) return [outcome, takenSpans];
    }
  }

  /** What was taken of it is not lost. */
  function drop({ line }: IntakeBatch, takenSpans: number, reason: 'final_lost' | 'final_rejected', code: string): void {
    const spans = Math.max(0, line.spans - takenSpans);
    if (takenSpans > 0) metrics.add('spans_delivered', takenSpans);
    metrics.add('spans_dropped', spans, reason);
    log({ level: 'warn', event: reason, code, spans });
  }

  async function settle(batch: IntakeBatch, trying: ReturnType<typeof tryOn>): Promise<Outcome> {
    try {
      const [outcome, takenSpans] = await trying;
      if (outcome.status === 'ok') {
        metrics.add('batches_accepted', 1);
        metrics.add('spans_accepted', batch.line.spans);
        metrics.ledger(batch.line);
      } else drop(batch, takenSpans, outcome.status === 'rejected' ? 'final_rejected' : 'final_lost', outcome.code);
      return outcome;
    } finally {
      batchCount--;
      byteCount -= batch.line.raw;
    }
  }

  return {
    begin(batch, first, tryAgain) {
      if (batchCount >= maxBatches || byteCount + batch.line.raw > maxBytes) {
        drop(batch, first.takenSpans ?? 0, 'final_lost', 'busy');
        return undefined;
      }
      batchCount++;
      byteCount += batch.line.raw;
      return settle(batch, tryOn(first, tryAgain));
    },
  };
}
