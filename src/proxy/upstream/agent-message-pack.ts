import { encode } from '@msgpack/msgpack';
import type { DatadogChunk, DatadogSpan } from '../../datadog/datadog-span.ts';
import { printEvent, printLink, printTag } from '../../datadog/print-events.ts';

/**
 * Chunks as MessagePack of the v0.4 form, for receivers that take no JSON (`datadog-serverless-compat`). Ids and times are exact 64-bit
 * integers; events and links are tags, the form that every version takes. Throws where a value is none that MessagePack knows.
 */
export function encodeMessagePack(chunks: readonly DatadogChunk[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    encode(
      chunks.map((chunk) => chunk.map(toPlain)),
      { useBigInt64: true, ignoreUndefined: true },
    ),
  );
}

function toPlain(span: DatadogSpan): object {
  const meta = { ...span.meta };
  if (span.events?.length) [meta['events']] = printTag(span.events, printEvent);
  if (span.links?.length) [meta['_dd.span_links']] = printTag(span.links, printLink);
  for (const key of Object.keys(meta)) meta[key] = meta[key]!.toWellFormed();
  const { service, name, resource, type, error, metrics } = span;
  return {
    service: service.toWellFormed(),
    name: name.toWellFormed(),
    resource: resource.toWellFormed(),
    type: type.toWellFormed(),
    trace_id: uint64(span.traceHigh, span.traceLow),
    span_id: uint64(span.spanHigh, span.spanLow),
    parent_id: uint64(span.parentHigh, span.parentLow),
    start: nanos(span.startSeconds, span.startNanos),
    duration: nanos(span.durationSeconds, span.durationNanos),
    error,
    meta,
    metrics,
  };
}

function uint64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function nanos(seconds: number, rest: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
