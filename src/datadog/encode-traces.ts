import type { DatadogChunk, DatadogSpan } from './datadog-span.ts';
import { type EncodeOptions, encodePieces } from './encode.ts';

/**
 * Chunks that were decoded as a v0.4 payload again, for the way from proxy to Agent. Where a chunk's first span is left out, its tags go
 * to the next one. Never throws.
 */
export function encodeTraces(
  chunks: readonly DatadogChunk[],
  { printEvents, onDrop }: EncodeOptions<DatadogSpan> = {},
): Uint8Array<ArrayBuffer> {
  const items = chunks.map((chunk) => chunk.map((span) => ({ span, first: chunk[0]! })));
  const pieces = [
    ...encodePieces(items, ({ span, first }, isFirst) => (isFirst && span !== first ? inheritTags(first, span) : span), {
      printEvents,
      onDrop: (reason, { span }) => onDrop?.(reason, span),
    }),
  ];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function inheritTags(from: DatadogSpan, to: DatadogSpan): DatadogSpan {
  const tags = Object.entries(from.meta).filter(([key]) => key.startsWith('_dd.p.'));
  const priority = from.metrics['_sampling_priority_v1'];
  return {
    ...to,
    meta: { ...Object.fromEntries(tags), ...to.meta },
    metrics: { ...(priority !== undefined && { _sampling_priority_v1: priority }), ...to.metrics },
  };
}
