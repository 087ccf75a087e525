import { gzipSync } from 'fflate';
import type { DatadogChunk } from '../../datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../../datadog/decode.ts';
import { encodeTraces } from '../../datadog/encode-traces.ts';
import { completeFirstSpan } from '../../datadog/page-tags.ts';
import { readEvents } from '../../datadog/read-events.ts';
import { formatEnvelopeLine } from '../../export/envelope.ts';
import { parseEnvelopeLine } from '../../export/envelope-parse.ts';
import type { IntakeBatch } from '../upstream/upstream.ts';

// A record is an envelope again: one form on the wire, in a queue and on a disk. `sentAt` is when it was received.

/** A batch as bytes: its line without token, then its spans, gzip. */
export function toRecord(batch: IntakeBatch): Uint8Array<ArrayBuffer> {
  const raw = encodeTraces(batch.chunks);
  const payload = gzipSync(raw, { level: 4 });
  const spans = batch.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const line = { ...batch.line, token: undefined, enc: 'gzip' as const, raw: raw.length, spans, sentAt: batch.receivedAtMillis };
  const head = new TextEncoder().encode(formatEnvelopeLine(line));
  const record = new Uint8Array(head.length + payload.length);
  record.set(head);
  record.set(payload, head.length);
  return record;
}

/**
 * Records of a batch that are each within a limit: its traces are dealt out, and a trace that alone is too large is cut between spans.
 * Each is a batch of its own; a span that alone is too large makes one that is above the limit.
 */
export function toRecords(batch: IntakeBatch, maxBytes: number): Uint8Array<ArrayBuffer>[] {
  const record = toRecord(batch);
  if (record.length <= maxBytes) return [record];
  const halves = halve(batch.chunks);
  return halves === undefined ? [record] : halves.flatMap((chunks) => toRecords({ ...batch, chunks }, maxBytes));
}

/** The batch of a record, undefined where it is none. `inflate` bounds what it becomes. Never throws. */
export function fromRecord(
  record: Uint8Array<ArrayBuffer>,
  inflate: (payload: Uint8Array, rawBytes: number) => Uint8Array | string,
): IntakeBatch | undefined {
  const { line, payloadOffset } = { payloadOffset: 0, ...parseEnvelopeLine(record) };
  if (line === undefined) return undefined;
  const payload = record.subarray(payloadOffset);
  const raw = inflate(payload, line.raw);
  if (typeof raw === 'string') return undefined;
  const chunks = decodeTraces(raw);
  if (isRefusal(chunks)) return undefined;
  for (const chunk of chunks) chunk.forEach(readEvents);
  return { line, chunks, payload, receivedAtMillis: line.sentAt };
}

function halve(chunks: readonly DatadogChunk[]): [DatadogChunk[], DatadogChunk[]] | undefined {
  if (chunks.length > 1) return [chunks.slice(0, chunks.length >> 1), chunks.slice(chunks.length >> 1)];
  const [chunk = []] = chunks;
  if (chunk.length < 2) return undefined;
  const [first, rest] = [chunk.slice(0, chunk.length >> 1), chunk.slice(chunk.length >> 1)];
  // The first span of every chunk carries the trace's tags.
  const head = { ...rest[0]!, meta: { ...rest[0]!.meta }, metrics: { ...rest[0]!.metrics } };
  completeFirstSpan([head, first[0]!]);
  return [[first], [[head, ...rest.slice(1)]]];
}
