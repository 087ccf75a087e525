import type { AttributeValue } from '@opentelemetry/api';
import { maxTags } from '../trace/limits.ts';
import { hex64 } from '../trace/print-ids.ts';
import { isBase64, toBase64 } from './base64.ts';
import type { DatadogEvent, DatadogLink, DatadogSpan } from './datadog-span.ts';
import { DecodeError } from './json-cursor.ts';
import { idOf, timeOf } from './lenient-values.ts';

/** Events or links of a span that are looked at: more than our own tags have room for. */
export const maxItems = 512;

type Value = Record<string, unknown>;

/**
 * One span from a parsed value, of JSON or MessagePack: what the Agent takes is taken, what it refuses throws `DecodeError`.
 * Unknown fields are left out; everything comes back in fresh objects. All but the newest 512 events and the first 512 links are left
 * out unread, counted.
 *
 * @param isLenient also takes what an Agent mends or looks at later: times below zero are 0, ids may be; ids below zero are what their bits
 *   are without a sign; numbers of `metrics` that are none are left out, as JSON has none.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/span.pb.go
 */
export function readSpan(value: unknown, path: string, isLenient = false): DatadogSpan {
  const span = objectOf(value, path);
  const [traceHigh, traceLow] = uint64(idOf(span['trace_id'], isLenient), path, 'trace_id');
  const [spanHigh, spanLow] = uint64(idOf(span['span_id'], isLenient), path, 'span_id');
  // the Agent answers 200 and drops the whole chunk: agent/normalizer.go
  if (!(traceHigh || traceLow || isLenient)) fail(path, 'trace_id');
  if (!(spanHigh || spanLow || isLenient)) fail(path, 'span_id');
  const [parentHigh, parentLow] = uint64(idOf(span['parent_id'], isLenient) ?? 0, path, 'parent_id');
  const [startSeconds, startNanos] = nanoseconds(timeOf(span['start'], isLenient), path, 'start');
  const [durationSeconds, durationNanos] = nanoseconds(timeOf(span['duration'], isLenient), path, 'duration');
  const events = listOf(span['span_events'], path, 'span_events');
  const struct = span['meta_struct'];
  const links = listOf(span['span_links'], path, 'span_links');
  const oldEvents = Math.max(0, (events?.length ?? 0) - maxItems);
  const read: DatadogSpan = {
    service: text(span['service'], path, 'service'),
    name: text(span['name'], path, 'name'),
    resource: text(span['resource'], path, 'resource'),
    type: text(span['type'], path, 'type'),
    traceHigh,
    traceLow,
    spanHigh,
    spanLow,
    parentHigh,
    parentLow,
    startSeconds,
    startNanos,
    durationSeconds,
    durationNanos,
    error: numeric(span['error'], path, 'error') ? 1 : 0,
    meta: mapOf(span['meta'], path, 'meta', text),
    metrics: mapOf(span['metrics'], path, 'metrics', isLenient ? numericOrNone : numeric),
    metaStruct: struct === undefined || struct === null ? undefined : mapOf(struct, path, 'meta_struct', base64),
    events: events?.slice(oldEvents).map((event, index) => readTypedEvent(event, `${path}.span_events[${oldEvents + index}]`)),
    links: links?.slice(0, maxItems).map((link, index) => readTypedLink(link, `${path}.span_links[${index}]`)),
  };
  countLeftOut(read, 'otel.dropped_events_count', oldEvents);
  countLeftOut(read, 'otel.dropped_links_count', (links?.length ?? 0) - maxItems);
  return read;
}

/** Adds to a count among the metrics, where there is something to add. */
export function countLeftOut({ metrics }: DatadogSpan, key: string, leftOut: number): void {
  if (leftOut > 0) metrics[key] = leftOut + (metrics[key] ?? 0);
}

function readTypedEvent(value: unknown, path: string): DatadogEvent {
  const event = objectOf(value, path);
  const [seconds, nanos] = nanoseconds(event['time_unix_nano'] ?? 0, path, 'time_unix_nano');
  const attributes = mapOf(event['attributes'], path, 'attributes', typedValue);
  return {
    name: text(event['name'], path, 'name'),
    seconds,
    nanos,
    attributes: Object.keys(attributes).length ? attributes : undefined,
  };
}

function typedValue(value: unknown, path: string, key?: string): AttributeValue {
  const typed = objectOf(value, path, key);
  switch (numeric(typed['type'], path, key)) {
    case 0:
      return text(typed['string_value'], path, key);
    case 1:
      return typed['bool_value'] === true;
    case 2:
      return numeric(typed['int_value'], path, key);
    case 3:
      return numeric(typed['double_value'], path, key);
    case 4: {
      const values = listOf(objectOf(typed['array_value'], path, key)['values'], path, key) ?? [];
      // the Agent knows no array in an array
      return values
        .slice(0, maxTags)
        .map((item) => (objectOf(item, path, key)['type'] === 4 ? fail(path, key) : typedValue(item, path, key))) as AttributeValue;
    }
    default:
      return fail(path, key);
  }
}

function readTypedLink(value: unknown, path: string): DatadogLink {
  const link = objectOf(value, path);
  const [high1, high2] = uint64(link['trace_id_high'] ?? 0, path, 'trace_id_high');
  const [low1, low2] = uint64(link['trace_id'] ?? 0, path, 'trace_id');
  const [span1, span2] = uint64(link['span_id'] ?? 0, path, 'span_id');
  const attributes = mapOf(link['attributes'], path, 'attributes', text);
  const flags = numeric(link['flags'], path, 'flags');
  return {
    traceId: hex64(high1, high2) + hex64(low1, low2),
    spanId: hex64(span1, span2),
    attributes: Object.keys(attributes).length ? attributes : undefined,
    traceState: text(link['tracestate'], path, 'tracestate') || undefined,
    // bit 31 says that the flags are known
    flags: flags >= 0x80000000 ? flags & 0xff : undefined,
  };
}

// A path is put together where something is wrong only: there are a thousand values in a batch.
function fail(path: string, key?: string): never {
  throw new DecodeError('bad_span', key === undefined ? path : `${path}.${key}`);
}

/** A map and nothing else: MessagePack has bytes, times and extensions too, which are objects here. */
function objectOf(value: unknown, path: string, key?: string): Value {
  return typeof value === 'object' && value !== null && isPlain(Object.getPrototypeOf(value)) ? (value as Value) : fail(path, key);
}

function isPlain(prototype: unknown): boolean {
  return prototype === Object.prototype || prototype === null;
}

function listOf(value: unknown, path: string, key?: string): unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return fail(path, key);
  return value.length ? value : undefined;
}

/** A map, checked and changed in place: it is the reader's own; what is read as undefined is left out. `null` is the empty map, as for the Agent. */
export function mapOf<T>(
  value: unknown,
  path: string,
  key: string,
  read: (value: unknown, path: string, key: string) => T | undefined,
): Record<string, T> {
  if (value === undefined || value === null) return {};
  const map = objectOf(value, path, key);
  const place = path === '' ? key : `${path}.${key}`;
  for (const name of Object.keys(map)) {
    const was = map[name];
    const is = read(was, place, name);
    if (is === undefined) delete map[name];
    else if (is !== was) map[name] = is;
  }
  return map as Record<string, T>;
}

/** A string; missing and `null` are empty, bytes of MessagePack are UTF-8, as for the Agent. */
export function text(value: unknown, path: string, key?: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(value);
  return value === undefined || value === null ? '' : fail(path, key);
}

function numeric(value: unknown, path: string, key?: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint') return Number(value);
  return value === undefined || value === null ? 0 : fail(path, key);
}

/** NaN and the infinities are none: an Agent takes them from MessagePack, and no JSON has them. */
function numericOrNone(value: unknown, path: string, key: string): number | undefined {
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : numeric(value, path, key);
}

/** Bytes of MessagePack, or what JSON has for them. */
function base64(value: unknown, path: string, key: string): string {
  if (value instanceof Uint8Array) return toBase64(value);
  const found = text(value, path, key);
  return isBase64(found) ? found : fail(path, key);
}

function uint64(value: unknown, path: string, key: string): [number, number] {
  if (typeof value === 'bigint' && value >= 0n && value < 0x10000000000000000n) {
    return [Number(value >> 32n), Number(value & 0xffffffffn)];
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return [Math.floor(value / 0x100000000), value >>> 0];
  return fail(path, key);
}

/** Whole nanoseconds as seconds and rest. A float comes from dd-trace's native events; it has lost its last digits already. */
export function nanoseconds(value: unknown, path: string, key?: string): [number, number] {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 64) {
    if (!Number.isSafeInteger(value)) return nanoseconds(BigInt(value), path, key);
    return [Math.floor(value / 1e9), value % 1e9];
  }
  if (typeof value === 'bigint' && value >= 0n && value < 0x10000000000000000n) {
    return [Number(value / 1_000_000_000n), Number(value % 1_000_000_000n)];
  }
  return fail(path, key);
}
