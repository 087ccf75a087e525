import type { Outcome } from './upstream/upstream.ts';

/** What is known of a batch that was not taken yet, told to whoever takes it. */
export interface DedupeClaim {
  /** An earlier try began to put it into the spool and was not heard of again: all or a part of it may be there. */
  readonly mayBeSpooled: boolean;
  /** To be awaited before the spool is asked to keep it. Never rejects. */
  willSpool(): Promise<void>;
}

/**
 * Lets every batch through once: a batch that was taken is not handed on again, and of two that come at once the second waits for
 * the first. A batch is remembered only when its outcome is known, so that one that failed may come again.
 */
export interface Dedupe {
  /** `run` must not reject; a claim is missing where the spool itself knows what it keeps. A second caller waits no longer than `waitMillis`, then hears `retry`. */
  once(key: string, run: (claim?: DedupeClaim) => Promise<Outcome>): Promise<Outcome>;
}

export interface MemoryDedupeOptions {
  readonly ttlMillis: number;
  readonly maxKeys: number;
  readonly waitMillis: number;
  readonly now: () => number;
}

/** In the memory of this process or isolate alone: short, and said so. The oldest keys go first when there are too many. */
export function createMemoryDedupe({ ttlMillis, maxKeys, waitMillis, now }: MemoryDedupeOptions): Dedupe {
  const takenUntil = new Map<string, number>();
  const inFlight = new Map<string, Promise<Outcome>>();

  function forget(): void {
    const nowMillis = now();
    for (const [key, untilMillis] of takenUntil) {
      if (untilMillis > nowMillis && takenUntil.size <= maxKeys) return;
      takenUntil.delete(key);
    }
  }

  return {
    async once(key, run) {
      if ((takenUntil.get(key) ?? 0) > now()) return { status: 'ok' };
      const first = inFlight.get(key);
      if (first !== undefined) return waitFor(first, waitMillis);
      const running = run();
      inFlight.set(key, running);
      try {
        const outcome = await running;
        if (outcome.status === 'ok') {
          takenUntil.delete(key);
          takenUntil.set(key, now() + ttlMillis);
          forget();
        }
        return outcome;
      } finally {
        inFlight.delete(key);
      }
    },
  };
}

/** The first may never end: in a Worker it is cut off with its request. */
async function waitFor(first: Promise<Outcome>, waitMillis: number): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'retry', code: 'in_flight' }), waitMillis);
  });
  try {
    return await Promise.race([first, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
