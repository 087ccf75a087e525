import type { SpanContext } from '@opentelemetry/api';
import { groupByTrace, toChunkSpan } from '../../../src/datadog/chunk.ts';
import type { DatadogChunk, DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';
import { type EncodeOptions, encodePieces } from '../../../src/datadog/encode.ts';
import { readEvents } from '../../../src/datadog/read-events.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';
import type { SpanData, SpanLink } from '../../../src/trace/span-data.ts';

export const parentContext: SpanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

/** A finished root span by hand, with what a test is about in place of the rest. */
export function finished(more: Partial<SpanData> = {}): SpanData {
  return {
    name: 'op',
    kind: 0,
    trace: new LocalTrace('6b0528ce00000000', 0x0af76519, 0x16cd43dd),
    idHigh: 0x7fffffff,
    idLow: 0xffffffff,
    parentHigh: 0,
    parentLow: 0,
    isLocalRoot: true,
    parentService: undefined,
    resource: { service: 'golden-service', env: 'golden-env', version: '1.2.3', tags: {} },
    scope: { name: 'test', version: undefined, schemaUrl: undefined },
    startSeconds: 1_790_000_000,
    startNanos: 0,
    endSeconds: 1_790_000_000,
    endNanos: 10_000_000,
    status: 0,
    statusMessage: undefined,
    isStatusLater: false,
    exception: undefined,
    attributes: {},
    events: undefined,
    links: undefined,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...more,
  };
}

export function link(attributes?: SpanLink['attributes'], context: Partial<SpanContext> = {}): SpanLink {
  return { context: { ...parentContext, ...context }, attributes, droppedAttributesCount: 0 };
}

/** What goes on the wire for these spans, as text. */
export function printed(spans: readonly SpanData[], options?: EncodeOptions<SpanData>): string {
  const pieces = [...encodePieces(groupByTrace(spans), (span, isFirst) => toChunkSpan(span, isFirst), options)];
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
}

/** The same, read again, events and links typed. */
export function received(spans: readonly SpanData[], options?: EncodeOptions<SpanData>): DatadogChunk[] {
  const chunks = decodeTraces(printed(spans, options));
  if (isRefusal(chunks)) throw new Error(`${chunks.error} at ${chunks.path}`);
  return chunks.map((chunk) => chunk.map(readEvents));
}

export function receivedOne(more: Partial<SpanData>): DatadogSpan {
  return received([finished(more)])[0]![0]!;
}
