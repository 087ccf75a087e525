import type { AttributeValue } from '@opentelemetry/api';
import { cutText } from '../trace/cut-text.ts';
import { maxDepth, maxJsonTagBytes } from '../trace/limits.ts';
import type { DatadogEvent, DatadogLink, DatadogSpan } from './datadog-span.ts';
import { createJsonCursor, DecodeError } from './json-cursor.ts';
import { fail, mapOf, nanoseconds, objectOf, text } from './read-span.ts';

/**
 * Makes the tags `events` and `_dd.span_links` of a decoded span typed, exact to the nanosecond, and takes the tags away. An item that is no
 * event or link is left out alone, counted. A text that holds none stays the tag it was, as one does beside typed ones, which win; but one so
 * long that it would be cut is left out, counted as a tag. Returns the span. Never throws.
 */
export function readEvents(span: DatadogSpan): DatadogSpan {
  span.events ??= take(span, 'events', 'otel.dropped_events_count', readEvent);
  span.links ??= take(span, '_dd.span_links', 'otel.dropped_links_count', readLink);
  for (const key of ['events', '_dd.span_links']) {
    const text = span.meta[key];
    if (text === undefined || cutText(text, maxJsonTagBytes).length === text.length) continue;
    delete span.meta[key];
    count(span, 'otel.dropped_attributes_count', 1);
  }
  return span;
}

function take<T>(span: DatadogSpan, key: string, countKey: string, read: (value: unknown) => T): T[] | undefined {
  const json = span.meta[key];
  if (json === undefined) return undefined;
  const items = readArray(json, (value) => orUndefined(() => read(value)));
  const list = items?.filter((item) => item !== undefined) ?? [];
  if (items === undefined || (items.length > 0 && list.length === 0)) return undefined;
  delete span.meta[key];
  count(span, countKey, items.length - list.length);
  return list.length ? list : undefined;
}

function count({ metrics }: DatadogSpan, key: string, leftOut: number): void {
  if (leftOut > 0) metrics[key] = leftOut + (metrics[key] ?? 0);
}

/** Undefined where the text is no JSON array. */
function readArray<T>(json: string, read: (value: unknown) => T): T[] | undefined {
  return orUndefined(() => {
    const list: T[] = [];
    const cursor = createJsonCursor(json, maxDepth);
    cursor.array(() => list.push(read(cursor.value())));
    cursor.end();
    return list;
  });
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function readEvent(value: unknown): DatadogEvent {
  const event = objectOf(value, '');
  const [seconds, nanos] = nanoseconds(event['time_unix_nano'] ?? 0, '');
  const attributes = mapOf(event['attributes'], '', 'attributes', attributeValue);
  return { name: text(event['name'], ''), seconds, nanos, attributes: Object.keys(attributes).length ? attributes : undefined };
}

/** Values as OpenTelemetry has them; what is nested deeper becomes JSON text. */
function attributeValue(value: unknown): AttributeValue {
  if (Array.isArray(value)) return value.map((item) => (item === null ? null : scalar(item))) as AttributeValue;
  return scalar(value);
}

function scalar(value: unknown): string | number | boolean {
  if (typeof value === 'bigint') return scalar(Number(value));
  // no form that is printed has a number beyond all numbers, as 1e999 is read
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner));
}

function readLink(value: unknown): DatadogLink {
  const link = objectOf(value, '');
  const traceId = text(link['trace_id'], '');
  const spanId = text(link['span_id'], '');
  // hex without padding comes from tracers that print 64 bits only
  if (!/^[0-9a-f]{1,32}$/i.test(traceId) || !/^[0-9a-f]{1,16}$/i.test(spanId)) fail('');
  const attributes = mapOf(link['attributes'], '', 'attributes', (item) => (typeof item === 'string' ? item : String(scalar(item))));
  const flags = link['flags'];
  return {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: spanId.toLowerCase().padStart(16, '0'),
    attributes: Object.keys(attributes).length ? attributes : undefined,
    traceState: text(link['tracestate'], '') || undefined,
    flags: typeof flags === 'number' ? flags & 0xff : undefined,
  };
}
