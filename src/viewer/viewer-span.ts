import type { EnvelopeRuntime } from '../export/envelope.ts';

/** A value in an event's attributes. */
export type ViewerValue = string | number | boolean | readonly (string | number | boolean | null)[] | null;

export interface ViewerEvent {
  readonly name: string;
  /** Epoch nanoseconds, decimal. */
  readonly timeNano: string;
  readonly attributes: Readonly<Record<string, ViewerValue>>;
}

export interface ViewerLink {
  /** 32 and 16 lower-case hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly traceState?: string;
  readonly flags?: number;
}

/** A span as the page gets it: ids as hex, times as decimal text, events and links taken out of their tags. */
export interface ViewerSpan {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** 16 lower-case hex digits, empty on a root. */
  readonly parentId: string;
  readonly service: string;
  readonly name: string;
  readonly resource: string;
  readonly type: string;
  readonly error: 0 | 1;
  /** Epoch nanoseconds, decimal. */
  readonly startNano: string;
  readonly durationNano: number;
  /** Empty where nothing said it, e.g. of a service under `dd-trace`. */
  readonly runtime: EnvelopeRuntime | '';
  /** 32 lower-case hex digits; empty on what came in the Agent's form. */
  readonly client: string;
  readonly receivedAtMillis: number;
  /** Without `events` and `_dd.span_links`. */
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly events: readonly ViewerEvent[];
  readonly links: readonly ViewerLink[];
}

/** What one client (page, process, isolate) sent and lost so far, in spans. */
export interface ViewerClient {
  /** 32 lower-case hex digits; empty: all that comes in the Agent's form. */
  readonly client: string;
  readonly runtime: EnvelopeRuntime | '';
  readonly service: string;
  readonly env: string;
  readonly version: string;
  readonly tracer: string;
  readonly lastSeenMillis: number;
  readonly batches: number;
  readonly spans: number;
  /** As received, compressed. */
  readonly bytes: number;
  readonly notSampled: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** One line of the list of traces. */
export interface ViewerTrace {
  readonly traceId: string;
  readonly root: { readonly service: string; readonly name: string; readonly resource: string } | null;
  /** Epoch nanoseconds, decimal. */
  readonly startNano: string;
  readonly durationNano: number;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly string[];
  readonly runtimes: readonly string[];
}

export interface ViewerLimits {
  readonly maxTraces: number;
  readonly maxSpans: number;
}

/** What `GET /api/stream` says, one message per event. Spans beyond 1,000 follow the snapshot as `spans`. */
export type ViewerMessage =
  | {
      readonly type: 'snapshot';
      readonly spans: readonly ViewerSpan[];
      readonly clients: readonly ViewerClient[];
      readonly limits: ViewerLimits;
      readonly version: string;
    }
  | { readonly type: 'spans'; readonly spans: readonly ViewerSpan[] }
  | { readonly type: 'clients'; readonly clients: readonly ViewerClient[] }
  | { readonly type: 'evicted'; readonly traces: readonly string[] };
