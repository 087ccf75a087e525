import { cutText } from '../trace/cut-text.ts';
import { maxSpanBytes } from '../trace/limits.ts';
import { decimal64 } from '../trace/print-ids.ts';
import type { DatadogEvent, DatadogSpan } from './datadog-span.ts';
import { printEvent, printLink, printTag } from './print-events.ts';
import { json, printNanos, wellFormed } from './print-json.ts';

export interface EncodeOptions<T> {
  /** `printTypedEvents` makes events `span_events`, for a receiver whose `/info` says so. Default: the tag `events`. */
  readonly printEvents?: ((events: readonly DatadogEvent[]) => string) | undefined;
  /** Called for each item that is left out. */
  readonly onDrop?: (reason: 'serialize_error' | 'oversize', item: T) => void;
}

/** Spans of one piece: one big string costs a browser more to encode than to make. */
const pieceSpanCount = 25;

/**
 * Chunks as Datadog's v0.4 JSON, `[[span,…],…]`, in pieces of bytes that make the payload when joined. Ids and times are exact integer
 * literals; a span over 256 KiB is left out; no chunk is empty. Lazy: what was not taken was not made. Never throws.
 *
 * @param toSpan makes the span of an item, `isFirst` where none of its chunk went before it; undefined leaves it out, uncounted.
 * @example
 * encodePieces(groupByTrace(spans), (span, isFirst) => beforeSend(toChunkSpan(span, isFirst, sampleSpan)), { onDrop })
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/api.go
 */
export function* encodePieces<T>(
  chunks: Iterable<readonly T[]>,
  toSpan: (item: T, isFirst: boolean) => DatadogSpan | undefined,
  { printEvents, onDrop }: EncodeOptions<T> = {},
): Generator<Uint8Array<ArrayBuffer>, void> {
  const encoder = new TextEncoder();
  let text = '[';
  let count = 0;
  for (const chunk of chunks) {
    let traceId = '';
    for (const item of chunk) {
      try {
        const span = toSpan(item, !traceId);
        if (!span) continue;
        const id = traceId || decimal64(span.traceHigh, span.traceLow);
        const printed = wellFormed(printSpan(span, id, printEvents));
        if (cutText(printed, maxSpanBytes).length < printed.length) onDrop?.('oversize', item);
        else {
          text += (traceId ? ',' : count ? ',[' : '[') + printed;
          traceId = id;
          if (++count % pieceSpanCount === 0) {
            yield encoder.encode(text);
            text = '';
          }
        }
      } catch {
        onDrop?.('serialize_error', item);
      }
    }
    if (traceId) text += ']';
  }
  yield encoder.encode(`${text}]`);
}

function printSpan(span: DatadogSpan, traceId: string, printEvents: EncodeOptions<unknown>['printEvents']): string {
  const { events, links } = span;
  let meta = json(span.meta);
  let metrics = json(span.metrics);
  const tag = (key: string, dropped: string, [text, leftOut]: [string, number]): void => {
    meta = extend(meta, key, json(text));
    if (leftOut)
      metrics = extend(metrics, `otel.dropped_${dropped}_count`, `${leftOut + (span.metrics[`otel.dropped_${dropped}_count`] ?? 0)}`);
  };
  if (events?.length && !printEvents) tag('events', 'events', printTag(events, printEvent));
  if (links?.length) tag('_dd.span_links', 'links', printTag(links, printLink));
  return `{"service":${json(span.service)},"name":${json(span.name)},"resource":${json(span.resource)}${
    span.type && `,"type":${json(span.type)}`
  },"trace_id":${traceId},"span_id":${decimal64(span.spanHigh, span.spanLow)},"parent_id":${decimal64(
    span.parentHigh,
    span.parentLow,
  )},"start":${printNanos(span.startSeconds, span.startNanos)},"duration":${printNanos(
    span.durationSeconds,
    span.durationNanos,
  )},"error":${span.error},"meta":${meta},"metrics":${metrics}${
    events?.length && printEvents ? `,"span_events":${printEvents(events)}` : ''
  }}`;
}

/** One more member at the end of a printed object; the last of two with one key counts. */
function extend(object: string, key: string, value: string): string {
  return `${object.slice(0, -1)}${object.length > 2 ? ',' : ''}"${key}":${value}}`;
}
