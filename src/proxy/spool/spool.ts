import type { IntakeBatch, Outcome } from '../upstream/upstream.ts';

/** What a spool tells the proxy: for its counts and its log. */
export interface SpoolReport {
  /** Spans that are gone: how many, why (a closed set), and an upstream's word for it. */
  dropped(spanCount: number, reason: 'spool_oversize' | 'spool_rejected' | 'spool_unreadable', code?: string): void;
  /** Keys of batches that are forgotten before their time, as there were too many: they may be taken twice. */
  forgotten(keyCount: number): void;
  /**
   * Something could not be kept, or that it was handed on not be put on record: `full`, `queue_send`, or what the disk says (`ENOSPC`,
   * `EACCES`, …; `unknown` where it says nothing of the kind).
   */
  failed?(code: string): void;
  /** The spool is another process's from now on: this one keeps and hands on nothing any more until it starts anew. */
  lost?(): void;
}

/**
 * Keeps batches durably while the primary upstream does not take them. What it keeps is what would have been handed on: without the
 * token, with internal tags restricted and secrets taken out.
 */
export interface Spool {
  /** True once the batch is durable; false where there is no room or the store fails. A batch that is kept already is kept. Never rejects. */
  put(batch: IntakeBatch, report?: SpoolReport): Promise<boolean>;
  /** Begins to hand on what is kept. Called once; absent where the host brings what is kept (Cloudflare Queues). */
  start?(handOn: (batch: IntakeBatch) => Promise<Outcome>, report?: SpoolReport): void;
  /** What is kept, where that is known. */
  size?(): { readonly batches: number; readonly bytes: number };
  /** True where it lately kept a batch not, or put it on record not, as it is full or its disk fails, or where it is another process's by now. */
  isDown?(): boolean;
  /** Ends handing on, waits for what is under way. */
  close?(): Promise<void>;
}

/** The word that a disk has for what went wrong. */
export function errnoOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^E[A-Z0-9]{1,30}$/.test(code) ? code : 'unknown';
}

/** Names a batch on every side. */
export function batchKey({ line }: Pick<IntakeBatch, 'line'>): string {
  return `${line.client}.${line.seq}`;
}
