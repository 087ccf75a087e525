import { json } from '../trace/json.ts';
import type { DatadogEvent } from './datadog-span.ts';
import { printNanos } from './print-json.ts';

/**
 * Events as typed `span_events`, for a receiver whose `/info` says so: integers, doubles, booleans and texts, and arrays of one of them.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/span.pb.go AttributeAnyValue
 */
export function printTypedEvents(events: readonly DatadogEvent[]): string {
  const printed = events.map(({ name, seconds, nanos, attributes }) => {
    const values = Object.entries(attributes ?? {})
      // an empty array has no type
      .filter(([, value]) => !(Array.isArray(value) && !value.length))
      .map(([key, value]) => `${json(key)}:${typedValue(value)}`);
    const text = `{"name":${json(name)},"time_unix_nano":${printNanos(seconds, nanos)}`;
    return `${text}${values.length ? `,"attributes":{${values.join()}}` : ''}}`;
  });
  return `[${printed.join()}]`;
}

function typedValue(value: unknown): string {
  if (!Array.isArray(value)) return typedScalar(value, isDouble(value));
  // one type for all, as Datadog's test agent wants it
  const isAnyDouble = value.some(isDouble);
  return `{"type":4,"array_value":{"values":[${value.map((item) => typedScalar(item, isAnyDouble)).join()}]}}`;
}

function isDouble(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value);
}

function typedScalar(value: unknown, double: boolean): string {
  if (typeof value === 'boolean') return `{"type":1,"bool_value":${value}}`;
  if (typeof value !== 'number') return `{"type":0,"string_value":${json(value)}}`;
  if (!double) return `{"type":2,"int_value":${json(value)}}`;
  // a literal without a point would be read as an integer
  return `{"type":3,"double_value":${/[.e]/.test(`${value}`) ? value : `${value}.0`}}`;
}
