import type { DatadogChunk } from '../datadog/datadog-span.ts';
import { encodeTraces } from '../datadog/encode-traces.ts';
import { completeFirstSpan } from '../datadog/page-tags.ts';
import { maxInflatedBytes, maxRequestSpans } from '../trace/limits.ts';

/** As many whole traces as an envelope may hold, with the bytes that they take as JSON. */
export interface CutBatch {
  readonly chunks: DatadogChunk[];
  spanCount: number;
  byteCount: number;
}

/** Traces dealt out to batches that are each as large as an envelope may be; one that alone is larger is cut between spans. */
export function cutToBatches(chunks: readonly DatadogChunk[]): CutBatch[] {
  const batches: CutBatch[] = [];
  for (const [chunk, bytes] of chunks.flatMap(cutChunk)) {
    let batch = batches.at(-1);
    if (batch === undefined || batch.spanCount + chunk.length > maxRequestSpans || batch.byteCount + bytes > maxInflatedBytes) {
      batch = { chunks: [], spanCount: 0, byteCount: 0 };
      batches.push(batch);
    }
    batch.chunks.push(chunk);
    batch.spanCount += chunk.length;
    batch.byteCount += bytes;
  }
  return batches;
}

/** Two halves of what a batch holds, between traces or between spans of the only one; undefined where there is but one span. */
export function halve(chunks: readonly DatadogChunk[]): [DatadogChunk[], DatadogChunk[]] | undefined {
  if (chunks.length > 1) return [chunks.slice(0, chunks.length >> 1), chunks.slice(chunks.length >> 1)];
  const [chunk = []] = chunks;
  if (chunk.length < 2) return undefined;
  const [first, rest] = [chunk.slice(0, chunk.length >> 1), chunk.slice(chunk.length >> 1)];
  // The first span of every chunk carries the trace's tags.
  const head = { ...rest[0]!, meta: { ...rest[0]!.meta }, metrics: { ...rest[0]!.metrics } };
  completeFirstSpan([head, first[0]!]);
  return [[first], [[head, ...rest.slice(1)]]];
}

/** Parts of a trace with the bytes that each has as JSON. */
function cutChunk(chunk: DatadogChunk): (readonly [DatadogChunk, number])[] {
  const bytes = chunk.length > maxRequestSpans ? Number.POSITIVE_INFINITY : encodeTraces([chunk]).length;
  const halves = bytes > maxInflatedBytes ? halve([chunk]) : undefined;
  return halves === undefined ? [[chunk, bytes]] : halves.flat().flatMap(cutChunk);
}
