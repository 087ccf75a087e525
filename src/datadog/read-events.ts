import type { AttributeValue } from '@opentelemetry/api';
import { cutText } from '../trace/cut-text.ts';
import { maxDepth, maxJsonTagBytes, maxTags } from '../trace/limits.ts';
import type { DatadogEvent, DatadogLink, DatadogSpan } from './datadog-span.ts';
import { createJsonCursor, DecodeError } from './json-cursor.ts';
import { countLeftOut, mapOf, maxItems, nanoseconds, text } from './read-span.ts';

type Item = Record<string, unknown>;

/**
 * Makes the tags `events` and `_dd.span_links` of a decoded span typed, exact to the nanosecond, and takes the tags away. An item that is no
 * event or link is left out alone, counted; so are, unread, all but the newest 512 events and the first 512 links. A text that holds none
 * stays the tag it was, as one does beside typed ones, which win; but one so long that it would be cut is left out, counted as a tag. Of an
 * array among attributes as many values stay as a span may have tags. Returns the span. Never throws.
 */
export function readEvents(span: DatadogSpan): DatadogSpan {
  span.events ??= take(span, 'events', 'otel.dropped_events_count', isEvent, readEvent, true);
  span.links ??= take(span, '_dd.span_links', 'otel.dropped_links_count', isLink, readLink);
  for (const key of ['events', '_dd.span_links']) {
    const text = span.meta[key];
    if (text === undefined || cutText(text, maxJsonTagBytes).length === text.length) continue;
    delete span.meta[key];
    countLeftOut(span, 'otel.dropped_attributes_count', 1);
  }
  return span;
}

/** Nothing is thrown for a single item: there may be a million of them, and every error has a stack. */
function take<T>(
  span: DatadogSpan,
  key: string,
  countKey: string,
  isOne: (value: unknown) => value is Item,
  read: (item: Item) => T,
  isNewest = false,
): T[] | undefined {
  const json = span.meta[key];
  const [items, itemCount] = json === undefined ? [] : readArray(json, isNewest);
  const list = items?.filter(isOne) ?? [];
  if (itemCount === undefined || (itemCount > 0 && list.length === 0)) return undefined;
  delete span.meta[key];
  countLeftOut(span, countKey, itemCount - list.length);
  return list.length ? list.map(read) : undefined;
}

/** Its newest or first items, and how many there are; nothing where the text is no JSON array. The others are garbage at once. */
function readArray(json: string, isNewest: boolean): [items: unknown[], itemCount: number] | [] {
  try {
    const list: unknown[] = [];
    let itemCount = 0;
    const cursor = createJsonCursor(json, maxDepth);
    cursor.array((index) => {
      const item = cursor.value();
      if (isNewest || index < maxItems) list[index % maxItems] = item;
      itemCount = index + 1;
    });
    cursor.end();
    const oldest = isNewest && itemCount > maxItems ? itemCount % maxItems : 0;
    return [[...list.slice(oldest), ...list.slice(0, oldest)], itemCount];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/** A map of JSON, or what stands for an empty one. */
function isMap(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}

function isOptionalText(value: unknown): boolean {
  return typeof value === 'string' || value === undefined || value === null;
}

function isEvent(value: unknown): value is Item {
  if (!isMap(value) || value === null) return false;
  const { name, time_unix_nano: time, attributes = null } = value as Item;
  return isOptionalText(name) && isMap(attributes) && isTime(time ?? 0);
}

function isTime(value: unknown): boolean {
  return (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) && value >= 0 && value < 2 ** 64;
}

function readEvent(event: Item): DatadogEvent {
  const [seconds, nanos] = nanoseconds(event['time_unix_nano'] ?? 0, '');
  return { name: text(event['name'], ''), seconds, nanos, attributes: attributesOf(event, attributeValue) };
}

function attributesOf<T>(item: Item, read: (value: unknown) => T): Record<string, T> | undefined {
  if (!item['attributes']) return undefined;
  const attributes = mapOf(item['attributes'], '', 'attributes', read);
  return Object.keys(attributes).length ? attributes : undefined;
}

/** Values as OpenTelemetry has them; what is nested deeper becomes JSON text. */
function attributeValue(value: unknown): AttributeValue {
  if (Array.isArray(value)) return value.slice(0, maxTags).map((item) => (item === null ? null : scalar(item))) as AttributeValue;
  return scalar(value);
}

function scalar(value: unknown): string | number | boolean {
  if (typeof value === 'bigint') return scalar(Number(value));
  // no form that is printed has a number beyond all numbers, as 1e999 is read
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return JSON.stringify(value, (_, inner: unknown) => {
    if (Array.isArray(inner)) return inner.slice(0, maxTags);
    return typeof inner === 'bigint' ? Number(inner) : inner;
  });
}

// hex without padding comes from tracers that print 64 bits only
function isLink(value: unknown): value is Item {
  if (!isMap(value) || value === null) return false;
  const { trace_id: traceId, span_id: spanId, attributes = null, tracestate } = value as Item;
  return (
    typeof traceId === 'string' &&
    typeof spanId === 'string' &&
    /^[0-9a-f]{1,32}$/i.test(traceId) &&
    /^[0-9a-f]{1,16}$/i.test(spanId) &&
    isMap(attributes) &&
    isOptionalText(tracestate)
  );
}

function readLink(link: Item): DatadogLink {
  const flags = link['flags'];
  return {
    traceId: text(link['trace_id'], '').toLowerCase().padStart(32, '0'),
    spanId: text(link['span_id'], '').toLowerCase().padStart(16, '0'),
    attributes: attributesOf(link, (item) => (typeof item === 'string' ? item : String(scalar(item)))),
    traceState: text(link['tracestate'], '') || undefined,
    flags: typeof flags === 'number' ? flags & 0xff : undefined,
  };
}
