import type { DatadogChunk } from './datadog-span.ts';

/** Spans of all chunks. */
export function countSpans(chunks: readonly DatadogChunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
