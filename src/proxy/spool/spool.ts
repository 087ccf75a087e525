import type { IntakeBatch, Outcome } from '../upstream/upstream.ts';

/**
 * Keeps batches durably while the primary upstream does not take them. What it keeps is what would have been handed on: without the
 * token, with internal tags restricted and secrets taken out.
 */
export interface Spool {
  /** True once the batch is durable; false where there is no room or the store fails. A batch that is kept already is kept. Never rejects. */
  put(batch: IntakeBatch): Promise<boolean>;
  /** Begins to hand on what is kept. Called once; absent where the host brings what is kept (Cloudflare Queues). */
  start?(handOn: (batch: IntakeBatch) => Promise<Outcome>): void;
  /** What is kept, where that is known. */
  size?(): { readonly batches: number; readonly bytes: number };
  /** Ends handing on, waits for what is under way. */
  close?(): Promise<void>;
}

/** Names a batch on every side. */
export function batchKey({ line }: Pick<IntakeBatch, 'line'>): string {
  return `${line.client}.${line.seq}`;
}
