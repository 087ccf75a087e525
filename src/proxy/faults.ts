import { createRecent } from './recent.ts';
import { batchKey } from './spool/spool.ts';
import type { IntakeBatch, Outcome, Retry } from './upstream/upstream.ts';

/** Tells batches at which an upstream fails, by its answer or its code, from an upstream that fails at all of them. */
export interface Faults {
  /** A batch was taken. */
  taken(batch: IntakeBatch): void;
  /**
   * A batch was refused. Whether for good: it is where the last that was heard of the receiver is that it took one, and lately. One that
   * takes nothing may be the wrong one, whatever it answers: another's address, TLS where none was expected.
   */
  refused(): boolean;
  /** Whether a code says something of the upstream, whatever batch it was said to. */
  isOfAll(code: string): boolean;
  /** Whether the upstream failed at it before, took others, and failed at it again: its next failure says nothing of the upstream. */
  isSuspect(batch: IntakeBatch): boolean;
  /** What a batch's failure means: itself; a pause for this batch alone; or that it is given up. */
  judge(batch: IntakeBatch, failure: Retry, isThrown: boolean): Outcome;
}

/** Failures, each with others taken since the one before, after which a batch may be given up. */
const maxFaults = 5;
/** Who took a batch so lately is the right receiver: what it refuses, it refuses for good. */
const freshMillis = 60_000;
/** One that is answered is tried on for as long as a sender would keep it, counted from its first failure: a whole backlog may be older. */
const maxAgeMillis = 86_400_000;
const firstPauseMillis = 5_000;
const longestPauseMillis = 3_600_000;
/** Batches remembered; where more wait, none of them is to blame. */
const maxBatches = 10_000;
/** What an upstream says to any batch: too much at once, not now, not to you, not here. */
const ofAll = /^upstream_(?:4\d\d|503|redirect|html|down)$/;
/** What a batch may bring about for ever: an error of the upstream's. Gateways' words for no answer are not among them. */
const ofBatch = /^upstream_5(?!0[234])\d\d$/;

interface Fault {
  readonly count: number;
  readonly takenCount: number;
  readonly sinceMillis: number;
}

/**
 * In the memory of this process or isolate.
 *
 * @param now Epoch milliseconds.
 */
export function createFaults(now: () => number): Faults {
  const faults = createRecent<Fault>(maxBatches);
  let takenCount = 0;
  let takenAtMillis = Number.NEGATIVE_INFINITY;
  return {
    refused() {
      const isForGood = Math.abs(now() - takenAtMillis) < freshMillis;
      takenAtMillis = Number.NEGATIVE_INFINITY;
      return isForGood;
    },
    isOfAll: (code) => ofAll.test(code),
    taken(batch) {
      takenCount++;
      takenAtMillis = now();
      faults.delete(batchKey(batch));
    },
    isSuspect: (batch) => (faults.get(batchKey(batch))?.count ?? 0) > 0,
    judge(batch, failure, isThrown) {
      if (!isThrown && ofAll.test(failure.code)) return failure;
      const key = batchKey(batch);
      const known = faults.get(key) ?? { count: -1, takenCount: -1, sinceMillis: now() };
      const count = known.count + Number(takenCount > known.takenCount);
      const isOld = isThrown || (ofBatch.test(failure.code) && now() - known.sinceMillis >= maxAgeMillis);
      if (count >= maxFaults && isOld) {
        faults.delete(key);
        return { status: 'rejected', code: failure.code, takenSpans: failure.takenSpans ?? 0 };
      }
      faults.set(key, { ...known, count, takenCount });
      if (count === 0) return failure;
      const afterMillis = Math.min(longestPauseMillis, firstPauseMillis * 4 ** Math.min(count - 1, 10));
      return { ...failure, afterMillis, isOwnFault: true };
    },
  };
}
