import { createRecent } from './recent.ts';
import { batchKey } from './spool/spool.ts';
import type { IntakeBatch, Outcome, Retry } from './upstream/upstream.ts';

/** Tells batches at which an upstream fails, by its answer or its code, from an upstream that fails at all of them. */
export interface Faults {
  /** A batch was taken. */
  taken(batch: IntakeBatch): void;
  /** Whether the upstream failed at it before, took others, and failed at it again: its next failure says nothing of the upstream. */
  isSuspect(batch: IntakeBatch): boolean;
  /** What a batch's failure means: itself; a pause for this batch alone; or that it is given up. */
  judge(batch: IntakeBatch, failure: Retry, isThrown: boolean): Outcome;
}

/** Failures, each with others taken since the one before, after which a batch may be given up. */
const maxFaults = 5;
/** One that is answered is tried on until it is as old as no sender would keep it. */
const maxAgeMillis = 86_400_000;
const firstPauseMillis = 5_000;
const longestPauseMillis = 3_600_000;
/** Batches remembered; where more wait, none of them is to blame. */
const maxBatches = 10_000;

/**
 * In the memory of this process or isolate.
 *
 * @param now Epoch milliseconds.
 */
export function createFaults(now: () => number): Faults {
  const faults = createRecent<{ readonly count: number; readonly takenCount: number }>(maxBatches);
  let takenCount = 0;
  return {
    taken(batch) {
      takenCount++;
      faults.delete(batchKey(batch));
    },
    isSuspect: (batch) => (faults.get(batchKey(batch))?.count ?? 0) > 0,
    judge(batch, failure, isThrown) {
      const key = batchKey(batch);
      const known = faults.get(key);
      const count = known === undefined ? 0 : known.count + Number(takenCount > known.takenCount);
      if (count >= maxFaults && (isThrown || now() - batch.receivedAtMillis >= maxAgeMillis)) {
        faults.delete(key);
        return { status: 'rejected', code: failure.code, takenSpans: failure.takenSpans ?? 0 };
      }
      faults.set(key, { count, takenCount });
      if (count === 0) return failure;
      const afterMillis = Math.min(longestPauseMillis, firstPauseMillis * 4 ** Math.min(count - 1, 10));
      return { ...failure, afterMillis, isOwnFault: true };
    },
  };
}
