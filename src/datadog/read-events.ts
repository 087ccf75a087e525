import type { AttributeValue } from '@opentelemetry/api';
import { maxDepth } from '../trace/limits.ts';
import type { DatadogEvent, DatadogLink, DatadogSpan } from './datadog-span.ts';
import { createJsonCursor, DecodeError } from './json-cursor.ts';
import { fail, mapOf, nanoseconds, objectOf, text } from './read-span.ts';

/**
 * Makes the tags `events` and `_dd.span_links` of a decoded span typed, exact to the nanosecond, and takes the tags away. A text that
 * is no such JSON stays the tag it was; typed ones that came beside it stay and win. Returns the span. Never throws.
 */
export function readEvents(span: DatadogSpan): DatadogSpan {
  span.events ??= take(span, 'events', readEvent);
  span.links ??= take(span, '_dd.span_links', readLink);
  return span;
}

function take<T>(span: DatadogSpan, key: string, read: (value: unknown) => T): T[] | undefined {
  const json = span.meta[key];
  if (json === undefined) return undefined;
  try {
    const list: T[] = [];
    const cursor = createJsonCursor(json, maxDepth);
    cursor.array(() => list.push(read(cursor.value())));
    cursor.end();
    delete span.meta[key];
    return list.length ? list : undefined;
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
