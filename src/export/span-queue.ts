import type { SpanData } from '../trace/span-data.ts';
import type { Batch, SpanGroup } from './batch.ts';

export type QueueEntry = SpanGroup | Batch;

export interface QueueLimits {
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  readonly maxExportBatchSize: number;
  readonly maxBatchRawBytes: number;
  readonly maxBatchCompressedBytes: number;
}

/** What compressed spans shrink by until a batch was measured; the limits of what a measurement may say. */
const firstRatio = 8;
const minRatio = 3;
const maxRatio = 20;

/** Finished spans until they are on their way, bounded in spans and bytes. Oldest first. */
export class SpanQueue {
  spanCount = 0;
  bytes = 0;
  readonly #open = new Map<string, SpanGroup>();
  #waiting: QueueEntry[] = [];
  #ratio = firstRatio;
  readonly #limits: QueueLimits;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Takes one span. Returns true where a group is full and wants to be sent. */
  add(key: string, span: SpanData, bytes: number): boolean {
    const { maxExportBatchSize, maxBatchRawBytes, maxBatchCompressedBytes } = this.#limits;
    const group = this.#open.get(key) ?? { spans: [], bytes: 0, hasError: false };
    this.#open.set(key, group);
    group.spans.push(span);
    group.bytes += bytes;
    group.hasError ||= span.status === 2;
    this.spanCount++;
    this.bytes += bytes;
    const isFull =
      group.spans.length >= maxExportBatchSize || group.bytes >= Math.min(maxBatchRawBytes, maxBatchCompressedBytes * this.#ratio);
    if (isFull) this.#close(key, group);
    return isFull;
  }

  /** Takes the oldest entries out until the bounds hold: those without an error span first. Returns what is lost. */
  shed(): QueueEntry[] {
    const lost: QueueEntry[] = [];
    while (this.spanCount > this.#limits.maxQueueSize || this.bytes > this.#limits.maxQueueBytes) {
      const entries = [...this.#waiting, ...this.#open.values()];
      const entry = entries.find((one) => !one.hasError) ?? entries[0];
      if (!entry) break;
      this.#remove(entry);
      lost.push(entry);
    }
    return lost;
  }

  /** Closes what is still being filled, so that `next` returns it. */
  closeAll(): void {
    for (const [key, group] of this.#open) this.#close(key, group);
  }

  /** Oldest entry that is closed, taken out. */
  next(): QueueEntry | undefined {
    const entry = this.#waiting[0];
    if (entry) this.#remove(entry);
    return entry;
  }

  /** All entries, taken out, oldest first. */
  takeAll(): QueueEntry[] {
    this.closeAll();
    const all = this.#waiting;
    for (const entry of all) this.#remove(entry);
    return all;
  }

  /** Puts an entry back in front. */
  putBack(entry: QueueEntry): void {
    this.#waiting = [entry, ...this.#waiting];
    this.spanCount += spanCountOf(entry);
    this.bytes += bytesOf(entry);
  }

  /** Learns from a compressed batch how many estimated bytes one on the wire stands for. */
  learn(estimatedBytes: number, compressedBytes: number): void {
    this.#ratio = Math.min(maxRatio, Math.max(minRatio, estimatedBytes / compressedBytes));
  }

  #close(key: string, group: SpanGroup): void {
    this.#open.delete(key);
    this.#waiting.push(group);
  }

  #remove(entry: QueueEntry): void {
    this.#waiting = this.#waiting.filter((one) => one !== entry);
    for (const [key, group] of this.#open) if (group === entry) this.#open.delete(key);
    this.spanCount -= spanCountOf(entry);
    this.bytes -= bytesOf(entry);
  }
}

export function isBatch(entry: QueueEntry): entry is Batch {
  return 'seq' in entry;
}

export function spanCountOf(entry: QueueEntry): number {
  return isBatch(entry) ? entry.spans : entry.spans.length;
}

function bytesOf(entry: QueueEntry): number {
  return isBatch(entry) ? entry.payload.length : entry.bytes;
}
