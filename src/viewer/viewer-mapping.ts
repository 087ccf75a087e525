import type { DatadogChunk, DatadogEvent, DatadogLink, DatadogSpan } from '../datadog/datadog-span.ts';
import { parentIdOf, spanIdOf, traceIdOf } from '../datadog/hex-ids.ts';
import { readEvents } from '../datadog/read-events.ts';
import type { ViewerEvent, ViewerLink, ViewerSpan, ViewerValue } from './viewer-span.ts';

/** A span as it is kept: for the page, and as it came, for the raw JSON. They share their tags. */
export interface StoredSpan {
  readonly view: ViewerSpan;
  readonly span: DatadogSpan;
}

/** How a chunk came. */
export type Arrival = Pick<ViewerSpan, 'client' | 'runtime' | 'receivedAtMillis'>;

/** Spans of one chunk for the page. Takes the chunk over: its events and links become typed. Never throws. */
export function toStoredSpans(chunk: DatadogChunk, arrival: Arrival): StoredSpan[] {
  const traceId = traceIdOf(chunk);
  return chunk.map((decoded) => {
    const span = readEvents(decoded);
    return {
      span,
      view: {
        traceId,
        spanId: spanIdOf(span),
        parentId: parentIdOf(span),
        service: span.service,
        name: span.name,
        resource: span.resource,
        type: span.type,
        error: span.error ? 1 : 0,
        startNano: nano(span.startSeconds, span.startNanos),
        durationNano: span.durationSeconds * 1e9 + span.durationNanos,
        ...arrival,
        meta: span.meta,
        metrics: span.metrics,
        events: (span.events ?? []).map(toViewerEvent),
        links: (span.links ?? []).map(toViewerLink),
      },
    };
  });
}

function toViewerEvent({ name, seconds, nanos, attributes }: DatadogEvent): ViewerEvent {
  return { name, timeNano: nano(seconds, nanos), attributes: (attributes ?? {}) as Record<string, ViewerValue> };
}

function toViewerLink({ traceId, spanId, attributes, traceState, flags }: DatadogLink): ViewerLink {
  return {
    traceId,
    spanId,
    ...(attributes === undefined ? {} : { attributes }),
    ...(traceState === undefined ? {} : { traceState }),
    ...(flags === undefined ? {} : { flags }),
  };
}

function nano(seconds: number, nanos: number): string {
  return (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toString();
}
