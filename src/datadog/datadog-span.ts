import type { AttributeValue } from '@opentelemetry/api';

/**
 * A span in Datadog's terms, as it stands between mapping and printer, and as the reader gives it back: JSON, MessagePack and the
 * viewer's page are printed from this. 64-bit integers are two halves, as no number of JavaScript holds them.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/span.pb.go
 */
export interface DatadogSpan {
  service: string;
  name: string;
  resource: string;
  /** `web`, `http`, `sql`, …; empty where not known. */
  type: string;
  /** Low 64 bits of the trace id; the high ones are the tag `_dd.p.tid` of the first span of the chunk. Unsigned 32-bit halves. */
  traceHigh: number;
  traceLow: number;
  spanHigh: number;
  spanLow: number;
  /** Both 0 on a root. */
  parentHigh: number;
  parentLow: number;
  /** Epoch seconds and the nanoseconds below them, whole numbers. */
  startSeconds: number;
  startNanos: number;
  /** Seconds and the nanoseconds below them, whole numbers, never negative. */
  durationSeconds: number;
  durationNanos: number;
  /** 0 or 1. */
  error: number;
  meta: Record<string, string>;
  /** Finite numbers only. */
  metrics: Record<string, number>;
  /** Binary values of servers (AppSec's stacks), as base64: what JSON has. Only tracers of Datadog's write them. */
  metaStruct?: Record<string, string> | undefined;
  /** Still typed: the printer writes them as tag `events` or as `span_events`. */
  events: DatadogEvent[] | undefined;
  links: DatadogLink[] | undefined;
}

export interface DatadogEvent {
  name: string;
  seconds: number;
  nanos: number;
  attributes: Record<string, AttributeValue> | undefined;
}

export interface DatadogLink {
  /** 32 and 16 lower-case hex digits. */
  traceId: string;
  spanId: string;
  /** Strings only, arrays flattened to `key.0`. */
  attributes: Record<string, string> | undefined;
  traceState: string | undefined;
  /** Trace flags: 1 sampled, 0 not; undefined where not known. */
  flags: number | undefined;
}

/** One trace's spans in one payload: all of one trace id, never empty. The first span carries the trace's tags. */
export type DatadogChunk = DatadogSpan[];

/**
 * Whether a span that an application had in its hands still is one: texts in `meta`, finite numbers in `metrics`, whole numbers and texts
 * in its fields. One that is not would make an Agent refuse the whole request. Throws where it has no `meta` or `metrics`.
 */
export function isSound(span: DatadogSpan): boolean {
  return (
    Object.values(span.meta).every((value) => typeof value === 'string') &&
    Object.values(span.metrics).every(Number.isFinite) &&
    Object.values(span).every((value) => typeof value !== 'number' || Number.isInteger(value)) &&
    [span.service, span.name, span.resource, span.type].every((value) => typeof value === 'string')
  );
}
