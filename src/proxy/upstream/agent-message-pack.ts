import { encode } from '@msgpack/msgpack';
import { fromBase64 } from '../../datadog/base64.ts';
import type { DatadogChunk, DatadogEvent, DatadogSpan } from '../../datadog/datadog-span.ts';
import { printedTags } from './printed-tags.ts';

/**
 * Chunks as MessagePack of the v0.4 form, for receivers that take no JSON (`datadog-serverless-compat`). Ids and times are exact 64-bit
 * integers, all else that is a number a double; links are a tag, the form that every version takes. Throws where a value is none that
 * MessagePack knows.
 *
 * @param isTyped Whether events are `span_events`, for a receiver whose `/info` says so; else they are the tag `events`.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/span_gen.go
 */
export function encodeMessagePack(chunks: readonly DatadogChunk[], isTyped = false): Uint8Array<ArrayBuffer> {
  const plain = chunks.map((chunk) => chunk.map((span) => toPlain(span, isTyped)));
  // An Agent reads no integer where it wants a double in an event.
  return Uint8Array.from(encode(plain, { useBigInt64: true, ignoreUndefined: true, forceIntegerToFloat: true }));
}

function toPlain(span: DatadogSpan, isTyped: boolean): object {
  const { meta, metrics } = printedTags(span, isTyped);
  const { service, name, resource, type, error } = span;
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
    error: BigInt(error),
    meta: mapped(meta, (value) => value.toWellFormed()),
    metrics: mapped(metrics, (value) => value),
    meta_struct: span.metaStruct && mapped(span.metaStruct, fromBase64),
    span_events: isTyped && span.events?.length ? span.events.map(typedEvent) : undefined,
  };
}

function typedEvent({ name, seconds, nanos: rest, attributes }: DatadogEvent): object {
  // an empty array has no type
  const typed = Object.entries(attributes ?? {}).filter(([, value]) => !Array.isArray(value) || value.length);
  return {
    time_unix_nano: nanos(seconds, rest),
    name: name.toWellFormed(),
    attributes: typed.length ? mapped(Object.fromEntries(typed), typedValue) : undefined,
  };
}

function typedValue(value: unknown): object {
  if (!Array.isArray(value)) return typedScalar(value, isDouble(value));
  // one type for all, as Datadog's test agent wants it
  const isAnyDouble = value.some(isDouble);
  return { type: 4n, array_value: { values: value.map((item) => typedScalar(item, isAnyDouble)) } };
}

function isDouble(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value);
}

function typedScalar(value: unknown, double: boolean): object {
  if (typeof value === 'boolean') return { type: 1n, bool_value: value };
  if (typeof value !== 'number') return { type: 0n, string_value: `${value ?? ''}`.toWellFormed() };
  return double ? { type: 3n, double_value: value } : { type: 2n, int_value: BigInt(value) };
}

function mapped<T, R>(values: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key.toWellFormed(), map(value)]));
}

function uint64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function nanos(seconds: number, rest: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
