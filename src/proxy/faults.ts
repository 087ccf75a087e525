import { createRecent } from './recent.ts';

/** Tells batches at which an upstream's code throws from an upstream whose code throws at all of them. */
export interface Faults {
  /** A batch was taken. */
  taken(): void;
  /** The code threw at this batch. True once it often did so while it took others: then the batch is to blame. */
  isOwn(key: string): boolean;
}

/** Times that it throws while others are taken. */
const maxFaults = 5;
/** Batches remembered; where more wait, none of them is to blame. */
const maxBatches = 1_000;

/** In the memory of this process or isolate. */
export function createFaults(): Faults {
  const faults = createRecent<{ readonly count: number; readonly takenCount: number }>(maxBatches);
  let takenCount = 0;
  return {
    taken: () => void takenCount++,
    isOwn(key) {
      const known = faults.get(key);
      const count = known === undefined ? 0 : known.count + Number(takenCount > known.takenCount);
      if (count < maxFaults) faults.set(key, { count, takenCount });
      else faults.delete(key);
      return count >= maxFaults;
    },
  };
}
