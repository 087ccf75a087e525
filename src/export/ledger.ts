import type { DropReason, EnvelopeLedger } from './envelope.ts';

/**
 * Where every span that was ever started is now, in spans:
 * `started = open + notSampled + delivered + dropped + buffered + inFlight + stored`, true after every step.
 */
export interface Stats {
  started: number;
  open: number;
  notSampled: number;
  delivered: number;
  dropped: { [reason in DropReason]?: number };
  buffered: number;
  inFlight: number;
  stored: number;
}

/** Told of each loss as it is counted. */
export type OnDrop = (loss: { reason: DropReason; spanCount: number }) => void;

/** The books of one client. Losses stand in the next batch's ledger, so that a receiver only has to sum. */
export class Ledger {
  readonly stats: Stats = { started: 0, open: 0, notSampled: 0, delivered: 0, dropped: {}, buffered: 0, inFlight: 0, stored: 0 };
  #notSampled = 0;
  #dropped: Stats['dropped'] = {};
  readonly #onDrop: OnDrop | undefined;

  constructor(onDrop?: OnDrop) {
    this.#onDrop = onDrop;
  }

  /** Counts spans as lost that were in `from` until now. */
  drop(reason: DropReason, spanCount: number, from: 'buffered' | 'inFlight' | 'open'): void {
    if (spanCount === 0) return;
    this.stats[from] -= spanCount;
    add(this.stats.dropped, reason, spanCount);
    add(this.#dropped, reason, spanCount);
    try {
      this.#onDrop?.({ reason, spanCount });
    } catch {
      // The application's callback may not disturb the books.
    }
  }

  /** Counts spans as left out by sampling that were buffered until now. */
  skip(spanCount: number): void {
    this.stats.buffered -= spanCount;
    this.stats.notSampled += spanCount;
    this.#notSampled += spanCount;
  }

  /** Takes what was lost since the last call, for the batch that is cut now. */
  take(): EnvelopeLedger {
    const taken = { notSampled: this.#notSampled, dropped: this.#dropped };
    this.#notSampled = 0;
    this.#dropped = {};
    return taken;
  }

  /** Puts back what a batch carried that is given up: the next one carries it. */
  putBack(ledger: EnvelopeLedger): void {
    this.#notSampled += ledger.notSampled;
    for (const reason of Object.keys(ledger.dropped) as DropReason[]) add(this.#dropped, reason, ledger.dropped[reason] ?? 0);
  }
}

function add(counts: Stats['dropped'], reason: DropReason, spanCount: number): void {
  counts[reason] = (counts[reason] ?? 0) + spanCount;
}
