import type { AttributeValue, SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { LocalTrace } from './local-trace.ts';
import type { Resource } from './resource.ts';

/**
 * An attribute as it is kept: what the API's types allow. Anything else an application hands over (API 1.10 allows nested values)
 * has become JSON text or was dropped and counted before it gets here. Arrays hold one type of element, or null.
 */
export type Attributes = Record<string, AttributeValue>;

export interface SpanEvent {
  readonly name: string;
  /** Epoch seconds and the nanoseconds below them, both whole. */
  readonly seconds: number;
  readonly nanos: number;
  /** Undefined where there is none. */
  readonly attributes: Attributes | undefined;
  readonly droppedAttributesCount: number;
}

export interface SpanLink {
  readonly context: SpanContext;
  readonly attributes: Attributes | undefined;
  readonly droppedAttributesCount: number;
}

/** What the last `recordException` said; attributes given with it win over what the exception itself says. */
export interface RecordedException {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** A finished span, read-only for every stage after `trace/span`. */
export interface SpanData {
  readonly name: string;
  readonly kind: SpanKind;
  /** The part of the trace that lives in this process: trace id, sampling, origin, trace tags. */
  readonly trace: LocalTrace;
  /** Span id, two unsigned 32-bit halves. */
  readonly idHigh: number;
  readonly idLow: number;
  /** Parent's span id; both 0 without parent. */
  readonly parentHigh: number;
  readonly parentLow: number;
  /** No parent in this process: a root, or the first span below a remote parent. */
  readonly isLocalRoot: boolean;
  /** Service of the parent in this process, undefined on a local root. Known from `end()` on. */
  readonly parentService: string | undefined;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  /** Epoch seconds and the nanoseconds below them, both whole. */
  readonly startSeconds: number;
  readonly startNanos: number;
  /** Never before the start. */
  readonly endSeconds: number;
  readonly endNanos: number;
  readonly status: SpanStatusCode;
  readonly statusMessage: string | undefined;
  /** Whether the status came after the last recorded exception: then its message is the newer word. */
  readonly isStatusLater: boolean;
  readonly exception: RecordedException | undefined;
  readonly attributes: Attributes;
  /** Undefined where there is none. */
  readonly events: readonly SpanEvent[] | undefined;
  readonly links: readonly SpanLink[] | undefined;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

export interface InstrumentationScope {
  readonly name: string;
  readonly version: string | undefined;
  readonly schemaUrl: string | undefined;
}
