import { gzipSync } from 'fflate';
import { countSpans } from '../../datadog/count-spans.ts';
import { decodeTraces, isRefusal } from '../../datadog/decode.ts';
import { encodeTraces } from '../../datadog/encode-traces.ts';
import { readEvents } from '../../datadog/read-events.ts';
import { withWholeTags } from '../../datadog/whole-tags.ts';
import { parseEnvelopeLine } from '../../export/envelope-parse.ts';
import { halve } from '../cut-batch.ts';
import { envelopeBytes } from '../envelope-bytes.ts';
import { type Inflate, maxDeflateRatio } from '../inflate.ts';
import type { IntakeBatch } from '../upstream/upstream.ts';

// A record is an envelope again: one form on the wire, in a queue and on a disk. `sentAt` is when it was received.

/** A batch as bytes: its line without token, then its spans, gzip. */
export interface SpoolRecord {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly spanCount: number;
  /** Spans that could not be printed, as they are above 256 KiB: whoever keeps the record must count them. */
  readonly leftOutCount: number;
}

/** What a record may become: more than any that is written. A batch has 2 MiB at most as it came, and its numbers print longer at most five times. */
const maxRecordRawBytes = 33_554_432;

/** One record of a batch; one without spans is not to be kept. Never throws. */
export function toRecord(batch: IntakeBatch): SpoolRecord {
  let leftOutCount = 0;
  const onDrop = (): void => void leftOutCount++;
  const raw = encodeTraces(
    batch.chunks.map((chunk) => chunk.map(withWholeTags)),
    { onDrop },
  );
  const payload = gzipSync(raw, { level: 4 });
  const spanCount = countSpans(batch.chunks) - leftOutCount;
  const line = { ...batch.line, token: undefined, enc: 'gzip' as const, raw: raw.length, spans: spanCount, sentAt: batch.receivedAtMillis };
  return { bytes: envelopeBytes(line, payload), spanCount, leftOutCount };
}

/**
 * Records of a batch that are each within a limit: its traces are dealt out, and a trace that alone is too large is cut between spans.
 * Each is a batch of its own; a span that alone is too large makes one that is above the limit.
 */
export function toRecords(batch: IntakeBatch, maxBytes: number): SpoolRecord[] {
  const record = toRecord(batch);
  const halves = record.bytes.length > maxBytes ? halve(batch.chunks) : undefined;
  return halves === undefined ? [record] : halves.flatMap((chunks) => toRecords({ ...batch, chunks }, maxBytes));
}

/**
 * The batch of a record, undefined where it is none or has no spans. Nobody but a spool wrote it: it may hold more spans than an envelope,
 * and be gzip as dense as gzip can be. Never throws.
 */
export function fromRecord(record: Uint8Array<ArrayBuffer>, inflate: Inflate): IntakeBatch | undefined {
  const { line, payloadOffset } = { payloadOffset: 0, ...parseEnvelopeLine(record) };
  if (line === undefined || line.raw > maxRecordRawBytes) return undefined;
  const raw = inflate(record.subarray(payloadOffset), line.raw, maxDeflateRatio);
  if (typeof raw === 'string') return undefined;
  const chunks = decodeTraces(raw, { maxSpanCount: Number.POSITIVE_INFINITY });
  if (isRefusal(chunks) || chunks.length === 0) return undefined;
  for (const chunk of chunks) chunk.forEach(readEvents);
  return { line, chunks, receivedAtMillis: line.sentAt };
}

/** How many spans a record says it holds, also where its payload is damaged; 0 where nobody knows. Never throws. */
export function spansOfRecord(record: Uint8Array): number {
  return parseEnvelopeLine(record).line?.spans ?? 0;
}
