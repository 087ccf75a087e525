import { maxKeepaliveBytes, maxKeepaliveRequests, maxLineBytes } from '../trace/limits.ts';
import type { Batch } from './batch.ts';
import { type BatchCutter, type Packet, partOf } from './batch-cutter.ts';
import type { DropReason } from './envelope.ts';
import { isBatch, type QueueEntry, type SpanQueue } from './span-queue.ts';

/** What page exit needs of the processor. */
export interface UrgentPorts {
  readonly queue: SpanQueue;
  readonly cutter: BatchCutter;
  /** What is being compressed or is in flight just now. */
  readonly current: QueueEntry | undefined;
  /** Bytes and requests that left the same way and are not answered yet: they count against the same quota. */
  readonly leaving: { bytes: number; requests: number };
  readonly lose: (entry: QueueEntry, reason: DropReason) => void;
  /** Sends at once; nothing may be awaited before the request is out. */
  readonly send: (batch: Batch) => void;
}

/** Only pages need it, so it is handed to the processor by them. */
export type FlushUrgently = (ports: UrgentPorts, isGone: boolean) => void;

/** A packet is made smaller at most so often: each time it is compressed anew, while the page waits. */
const maxShrinks = 4;
/** Of what the measured size says would fit, so that one shrink is mostly enough. */
const shrinkMargin = 0.9;

/**
 * Sends as much as the browser lets out at page exit: everything is compressed and handed to `fetch` before this returns.
 * A batch in flight is sent once more, as its first request may die with the page; the receiver knows it by client and seq.
 *
 * @param isGone the page will not come back: what does not fit is counted as lost instead of being kept.
 */
export function flushUrgently({ queue, cutter, current, leaving, lose, send }: UrgentPorts, isGone: boolean): void {
  // Errors first: they are what one wants to see of a page that was left.
  const entries = queue.takeAll().sort((a, b) => Number(b.hasError) - Number(a.hasError));
  let bytesLeft = maxKeepaliveBytes - leaving.bytes;
  const requestsLeft = maxKeepaliveRequests - leaving.requests;
  const batches: Batch[] = [];
  const packets: Packet[] = [];
  const rest: QueueEntry[] = [];
  // Hidden and gone are two events: what the first of them sent is on its way already.
  const isLeaving = !current || (isBatch(current) ? current.tries > 1 : current.isTaken);
  for (const entry of isLeaving ? entries : [current, ...entries]) {
    const room = batches.length + packets.length < requestsLeft ? bytesLeft - maxLineBytes : 0;
    if (isBatch(entry)) {
      if (entry.payload.length <= room) {
        batches.push(entry);
        bytesLeft -= entry.payload.length + maxLineBytes;
      } else if (entry !== current) rest.push(entry);
      continue;
    }
    // Whoever is compressing it lets it go.
    entry.isTaken = true;
    let spans = entry.spans;
    for (let shrinks = 0; room > 0 && spans.length > 0 && shrinks <= maxShrinks; shrinks++) {
      const packet = cutter.pack(partOf(entry, spans));
      const size = (packet.gzipped ?? packet.bytes).length;
      if (size <= room) {
        packets.push(packet);
        bytesLeft -= size + maxLineBytes;
        break;
      }
      spans = shrinks < maxShrinks ? spans.slice(0, Math.floor(((spans.length * room) / size) * shrinkMargin)) : [];
    }
    const left = entry.spans.slice(room > 0 ? spans.length : 0);
    if (left.length > 0) rest.push(partOf(entry, left));
  }
  // What stays behind is counted before the batches are cut, so that their ledger says so.
  for (const entry of rest.reverse()) {
    if (isGone) lose(entry, 'exit_overflow');
    else queue.putBack(entry);
  }
  for (const packet of packets) {
    const batch = cutter.finish(packet);
    if (batch) batches.push(batch);
  }
  for (const batch of batches) send(batch);
}
