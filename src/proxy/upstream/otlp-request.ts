import type { DatadogEvent, DatadogLink, DatadogSpan } from '../../datadog/datadog-span.ts';
import { parentIdOf, spanIdOf, traceIdOf } from '../../datadog/hex-ids.ts';
import type { IntakeBatch } from './upstream.ts';

// The shapes of OTLP in JSON: ids as hex, 64-bit integers as decimal text.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto

export interface OtlpRequest {
  readonly resourceSpans: readonly OtlpResourceSpans[];
}

export interface OtlpResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeSpans: readonly { readonly scope: { readonly name: string; readonly version: string }; readonly spans: OtlpSpan[] }[];
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly droppedAttributesCount: number;
  readonly events: readonly { readonly timeUnixNano: string; readonly name: string; readonly attributes: readonly OtlpAttribute[] }[];
  readonly droppedEventsCount: number;
  readonly links: readonly OtlpLink[];
  readonly droppedLinksCount: number;
  readonly status: { readonly code: number; readonly message: string };
  readonly flags: number;
}

export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly flags: number;
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly OtlpValue[] } };

const maxUint64 = 0xffffffffffffffffn;
const kinds: readonly string[] = ['internal', 'server', 'client', 'producer', 'consumer'];
/** Tags that stand in fields of their own or in the resource, and Datadog's internal ones. */
const carried = /^(_dd\.|_sampling|env$|version$|language$|span\.kind$|http\.status_code$|otel\.dropped_(attributes|events|links)_count$)/;

/**
 * A batch in OpenTelemetry's terms. The resource is the span's service, env and version; the name is Datadog's resource, which is what
 * our tracers put the OpenTelemetry name into. What v0.4 does not hold any more cannot come back: arrays of span attributes are
 * `key.0`, `key.1`; booleans of spans are the texts `true` and `false`; scope and trace state are gone. Never throws.
 */
export function toOtlpRequest({ chunks, line }: Pick<IntakeBatch, 'chunks' | 'line'>): OtlpRequest {
  const resources = new Map<string, OtlpResourceSpans>();
  for (const chunk of chunks) {
    const traceId = traceIdOf(chunk);
    const flags = (chunk[0]?.metrics['_sampling_priority_v1'] ?? 1) > 0 ? 1 : 0;
    for (const span of chunk) {
      const { env = '', version = '' } = span.meta;
      const key = JSON.stringify([span.service, env, version]);
      let resource = resources.get(key);
      if (resource === undefined) {
        const facts = [
          ['service.name', span.service],
          ['deployment.environment.name', env],
          ['service.version', version],
          ['telemetry.sdk.name', 'edgespan'],
          ['telemetry.sdk.language', line.runtime === 'browser' || line.runtime === 'worker' ? 'webjs' : 'nodejs'],
          ['telemetry.sdk.version', line.tracer],
        ] as const;
        const attributes = facts.filter(([, value]) => value !== '').map(([name, value]) => attribute(name, value));
        resource = { resource: { attributes }, scopeSpans: [{ scope: { name: 'edgespan', version: line.tracer }, spans: [] }] };
        resources.set(key, resource);
      }
      resource.scopeSpans[0]!.spans.push(toOtlpSpan(span, traceId, flags));
    }
  }
  return { resourceSpans: [...resources.values()] };
}

function toOtlpSpan(span: DatadogSpan, traceId: string, flags: number): OtlpSpan {
  const { meta, metrics } = span;
  const status = meta['http.status_code'];
  // In OTLP a key stands once. Of one that is a text and a number the text stays; what has a field of its own is said by that.
  const tags: Record<string, string | number> = {
    ...(status !== undefined && { 'http.response.status_code': /^\d{3}$/.test(status) ? Number(status) : status }),
    ...metrics,
    ...meta,
    'operation.name': span.name,
    ...(span.type && { 'span.type': span.type }),
  };
  return {
    traceId,
    spanId: spanIdOf(span),
    parentSpanId: parentIdOf(span),
    name: span.resource,
    kind: kinds.indexOf(meta['span.kind'] ?? 'internal') + 1,
    startTimeUnixNano: nano(span.startSeconds, span.startNanos),
    endTimeUnixNano: nano(span.startSeconds + span.durationSeconds, span.startNanos + span.durationNanos),
    attributes: Object.entries(tags)
      .filter(([key]) => !carried.test(key))
      .map(([key, value]) => attribute(key, value)),
    droppedAttributesCount: uint32(metrics['otel.dropped_attributes_count']),
    events: (span.events ?? []).map(toOtlpEvent),
    droppedEventsCount: uint32(metrics['otel.dropped_events_count']),
    links: (span.links ?? []).map(toOtlpLink),
    droppedLinksCount: uint32(metrics['otel.dropped_links_count']),
    status: span.error ? { code: 2, message: meta['error.message'] ?? '' } : { code: 0, message: '' },
    flags,
  };
}

function toOtlpEvent({ name, seconds, nanos, attributes }: DatadogEvent): OtlpSpan['events'][number] {
  return { name, timeUnixNano: nano(seconds, nanos), attributes: toAttributes(attributes) };
}

function toOtlpLink({ traceId, spanId, traceState, attributes, flags }: DatadogLink): OtlpLink {
  return { traceId, spanId, traceState: traceState ?? '', attributes: toAttributes(attributes), flags: flags ?? 0 };
}

function toAttributes(attributes: Record<string, unknown> | undefined): OtlpAttribute[] {
  return Object.entries(attributes ?? {}).map(([key, value]) => attribute(key, value));
}

function attribute(key: string, value: unknown): OtlpAttribute {
  return { key, value: toOtlpValue(value) };
}

function toOtlpValue(value: unknown): OtlpValue {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toOtlpValue) } };
  return { stringValue: typeof value === 'string' ? value : '' };
}

/** A page may say any number. */
function uint32(value = 0): number {
  return Math.min(0xffffffff, Math.max(0, Math.trunc(value)));
}

function nano(seconds: number, nanos: number): string {
  const sum = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  // an end may be later than 64 bits can say
  return (sum > maxUint64 ? maxUint64 : sum).toString();
}
