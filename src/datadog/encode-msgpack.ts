import { encode } from '@msgpack/msgpack';
import type { DatadogChunk, DatadogSpan } from './datadog-span.ts';
import { printEvent, printLink, printTag } from './print-events.ts';

/**
 * Chunks as MessagePack of Datadog's v0.4 API, for receivers that take no JSON, as Datadog's serverless-compat. Events and links are the
 * tags `events` and `_dd.span_links`. Throws where a text is no text; decoded chunks have none.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/decoder_bytes.go
 */
export function encodeMsgpack(chunks: readonly DatadogChunk[]): Uint8Array<ArrayBuffer> {
  return encode(
    chunks.map((chunk) => chunk.map(toPlain)),
    { useBigInt64: true },
  );
}

function toPlain(span: DatadogSpan): Record<string, unknown> {
  const { service, name, resource, type, error, meta, metrics, events, links } = span;
  return {
    service,
    name,
    resource,
    type,
    trace_id: integer(span.traceHigh, span.traceLow, 0x100000000n),
    span_id: integer(span.spanHigh, span.spanLow, 0x100000000n),
    parent_id: integer(span.parentHigh, span.parentLow, 0x100000000n),
    start: integer(span.startSeconds, span.startNanos, 1_000_000_000n),
    duration: integer(span.durationSeconds, span.durationNanos, 1_000_000_000n),
    error,
    meta: {
      ...meta,
      ...(events?.length && { events: printTag(events, printEvent)[0] }),
      ...(links?.length && { '_dd.span_links': printTag(links, printLink)[0] }),
    },
    metrics,
  };
}

function integer(high: number, low: number, unit: bigint): bigint {
  return BigInt(high) * unit + BigInt(low);
}
