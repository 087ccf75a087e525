import { cutText } from '../trace/cut-text.ts';
import { json } from '../trace/json.ts';
import { maxSpanBytes } from '../trace/limits.ts';
import { decimal64 } from '../trace/print-ids.ts';
import type { DatadogEvent, DatadogSpan } from './datadog-span.ts';
import { printEvent, printLink, printTag } from './print-events.ts';
import { printNanos, wellFormed } from './print-json.ts';

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
  let texts = ['['];
  let count = 0;
  const flush = (): Uint8Array<ArrayBuffer> => {
    const text = wellFormed(texts.join(''));
    texts = [];
    return encoder.encode(text);
  };
  for (const chunk of chunks) {
    let traceId = '';
    for (const item of chunk) {
      try {
        const span = toSpan(item, !traceId);
        if (!span) continue;
        const id = traceId || decimal64(span.traceHigh, span.traceLow);
        const printed = printSpan(span, id, printEvents);
        if (cutText(printed, maxSpanBytes).length < printed.length) onDrop?.('oversize', item);
        else {
          texts.push(traceId ? ',' : count ? ',[' : '[', printed);
          traceId = id;
          if (++count % pieceSpanCount === 0) yield flush();
        }
      } catch {
        onDrop?.('serialize_error', item);
      }
    }
    if (traceId) texts.push(']');
  }
  texts.push(']');
  yield flush();
}

function printSpan(span: DatadogSpan, traceId: string, printEvents: EncodeOptions<unknown>['printEvents']): string {
  const { service, name, resource, type, error, metaStruct, events, links } = span;
  let { meta, metrics } = span;
  const tag = (key: string, count: string, [text, leftOut]: [string, number]): void => {
    meta = { ...meta, [key]: text };
    if (leftOut) metrics = { ...metrics, [count]: leftOut + (metrics[count] ?? 0) };
  };
  if (events?.length && !printEvents) tag('events', 'otel.dropped_events_count', printTag(events, printEvent));
  if (links?.length) tag('_dd.span_links', 'otel.dropped_links_count', printTag(links, printLink));
  const rest = json({ service, name, resource, type: type || undefined, error, meta, metrics, meta_struct: metaStruct });
  return `{"trace_id":${traceId},"span_id":${decimal64(span.spanHigh, span.spanLow)},"parent_id":${decimal64(
    span.parentHigh,
    span.parentLow,
  )},"start":${printNanos(span.startSeconds, span.startNanos)},"duration":${printNanos(span.durationSeconds, span.durationNanos)}${
    events?.length && printEvents ? `,"span_events":${printEvents(events)}` : ''
  },${rest.slice(1)}`;
}
