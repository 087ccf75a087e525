import { createKeySet } from './key-set.ts';
import type { Outcome } from './upstream/upstream.ts';
import { within } from './within.ts';

/** What is known of a batch that was not taken yet, told to whoever takes it. */
export interface DedupeClaim {
  /** An earlier try began to put it into the spool and was not heard of again: all or a part of it may be there. */
  readonly mayBeSpooled: boolean;
  /** To be awaited before the spool is asked to keep it. Never rejects. */
  willSpool(): Promise<void>;
}

/** What a dedupe tells the proxy: for its counts and its log. */
export interface DedupeReport {
  /** Keys of batches that are forgotten before their time, as there were too many: they may be taken twice. */
  forgotten(keyCount: number): void;
  /** Whoever remembers could not be asked: batches go through meanwhile. */
  unanswered(): void;
}

/**
 * Lets every batch through once: a batch that was taken is not handed on again, and of two that come at once the second waits for
 * the first. A batch is remembered only when its outcome is known, so that one that failed may come again; one that is `settled` later
 * is held until then.
 */
export interface Dedupe {
  /** Who is told what it cannot do. */
  reportTo?(report: DedupeReport): void;
  /** `run` must not reject; a claim is missing where the spool itself knows what it keeps. A second caller waits no longer than `waitMillis`, then hears `retry`. */
  once(key: string, run: (claim?: DedupeClaim) => Promise<Outcome>): Promise<Outcome>;
}

/** A dedupe that may have to forget. */
export interface MemoryDedupe extends Dedupe {
  /** Who is told when it does. */
  reportTo(report: Pick<DedupeReport, 'forgotten'>): void;
}

export interface MemoryDedupeOptions {
  readonly ttlMillis: number;
  /** Memory for keys, taken as needed. */
  readonly maxBytes: number;
  readonly waitMillis: number;
  readonly now: () => number;
}

interface InFlight {
  readonly outcome: Promise<Outcome>;
  readonly sinceMillis: number;
}

/**
 * Whoever hands a batch on has this long, then another may: in a Worker, what goes on is cut off with its request and never ends. More
 * than a request takes, and more than `settled` does.
 */
export const leaseMillis = 45_000;

/** In the memory of this process or isolate alone: short, and said so. The oldest keys go first when there are too many. */
export function createMemoryDedupe({ ttlMillis, maxBytes, waitMillis, now }: MemoryDedupeOptions): MemoryDedupe {
  let onForget = (_keyCount: number): void => {};
  const sliceMillis = Math.ceil(ttlMillis / 6);
  const taken = createKeySet({ keepMillis: ttlMillis, sliceMillis, maxBytes, now, onForget: (keyCount) => onForget(keyCount) });
  const inFlight = new Map<string, InFlight>();

  function hold(key: string, outcome: Promise<Outcome>): InFlight {
    const entry = { outcome, sinceMillis: now() };
    inFlight.set(key, entry);
    return entry;
  }
  const letGo = (key: string, entry: InFlight): void => {
    if (inFlight.get(key) === entry) inFlight.delete(key);
  };

  return {
    reportTo(report) {
      onForget = report.forgotten;
    },
    async once(key, run) {
      if (taken.has(key)) return { status: 'ok' };
      const first = inFlight.get(key);
      // Where the clock went back, nobody knows how old it is.
      if (first !== undefined && Math.abs(now() - first.sinceMillis) < leaseMillis) {
        return within(first.outcome, waitMillis, { status: 'retry', code: 'in_flight' });
      }
      const running = run();
      let entry = hold(key, running);
      let settled: Promise<Outcome> | undefined;
      try {
        const outcome = await afterwards(await running, ({ status }) => {
          if (status === 'ok') taken.add(key);
        });
        if (outcome.status === 'retry') settled = outcome.settled;
        return outcome;
      } finally {
        if (settled === undefined) letGo(key, entry);
        else if (inFlight.get(key) === entry) {
          entry = hold(key, settled);
          void settled.then(() => letGo(key, entry));
        }
      }
    },
  };
}

/** Does something with the last outcome: now, or when what goes on in the background has ended. Gives what is to be answered now. */
export async function afterwards(outcome: Outcome, run: (last: Outcome) => void | Promise<void>): Promise<Outcome> {
  if (outcome.status !== 'retry' || outcome.settled === undefined) {
    await run(outcome);
    return outcome;
  }
  const settle = async (last: Outcome): Promise<Outcome> => {
    await run(last);
    return last;
  };
  return { ...outcome, settled: outcome.settled.then(settle) };
}
