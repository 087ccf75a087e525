import type { AttributeValue, SpanContext, SpanKind, TraceState } from '@opentelemetry/api';
import { hex64 } from './print-ids.ts';
import type { Resource } from './resource.ts';

/** What was decided about a trace, and by which rate. */
export interface SamplingDecision {
  /** -1 user drop, 0 drop, 1 keep, 2 user keep. */
  readonly priority: number;
  /** Who decided: 0 default, 1 Agent's rate, 3 rule or rate of the user, 4 by hand. */
  readonly mechanism: number;
  readonly agentRate?: number;
  readonly ruleRate?: number;
  readonly limitRate?: number;
}

/** What a trace is decided by: its local root, which may still be running. */
export interface TraceRoot {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly resource: Resource;
}

/** Decides a trace by its local root, which may still be running. Never throws. */
export type DecideTrace = (trace: LocalTrace, root: TraceRoot | undefined) => SamplingDecision;

/**
 * The part of a trace that lives in this process, made at a local root or by extract. It hangs on the `SpanContext` under
 * `Symbol.for('edgespan.local-trace')`, so that propagators of ours and of others find it.
 */
export class LocalTrace {
  /** High 64 bits of the trace id as 16 lower-case hex digits; all zero where the trace has 64 bits. */
  declare idHigh: string;
  /** Low 64 bits of the trace id, two unsigned 32-bit halves. */
  declare readonly idLowHigh: number;
  declare readonly idLowLow: number;
  /** Undefined until decided. Inherited from a remote parent, or set once by `decide()`. */
  priority: number | undefined = undefined;
  /** True where the priority came with the remote parent: it is never decided again, and its mechanism is in `tags`. */
  isInherited = false;
  /** What `decide()` found, undefined where the priority was inherited. */
  decision: SamplingDecision | undefined = undefined;
  /** Where the trace began, e.g. `rum`, `synthetics`. */
  origin: string | undefined = undefined;
  /** Trace tags that travel, keys with their `_dd.p.` prefix, without `_dd.p.tid`. */
  readonly tags: Record<string, string> = {};
  /** Span id of the last Datadog-aware parent of a W3C header, verbatim (`p` of the `dd` member of tracestate). */
  lastParentId: string | undefined = undefined;
  /** Members of other vendors, as they came; ours is made anew at inject. */
  traceState: TraceState | undefined = undefined;
  /** Trace flags other than `sampled`, as they came (W3C level 2's random flag). */
  otherFlags = 0;
  /** First local root; let go as soon as the trace is decided. */
  root: TraceRoot | undefined = undefined;
  /** The trace id in hex, filled by whoever prints it first. */
  hex: string | undefined = undefined;
  /** Epoch time of the zero of the monotonic clock when the trace began: a trace keeps one clock, whatever the machine's does. */
  originSeconds = 0;
  originNanos = 0;
  #decide: DecideTrace | undefined;

  constructor(idHigh: string, idLowHigh: number, idLowLow: number, decide?: DecideTrace) {
    this.idHigh = idHigh;
    this.idLowHigh = idLowHigh;
    this.idLowLow = idLowLow;
    this.#decide = decide;
  }

  /** Gives a trace made by extract, which knows no sampler, the one of the process. */
  adopt(decide: DecideTrace): void {
    this.#decide ??= decide;
  }

  /** Decides once, at the first of inject, cut into a batch, end of the local root. Returns the priority. */
  decide(): number {
    if (this.priority === undefined) {
      this.decision = this.#decide?.(this, this.root);
      this.priority = this.decision?.priority ?? 1;
      this.root = undefined;
    }
    return this.priority;
  }
}

/**
 * The span context of one span of a trace. One object per span is made and brought up to date: its flags say `sampled` until the trace
 * is decided, and what was decided afterwards.
 */
export function spanContextOf(trace: LocalTrace, spanId: string, made: SpanContext | undefined): SpanContext {
  const context = (made ?? { traceId: traceIdHex(trace), spanId }) as { -readonly [key in keyof SpanContext]: SpanContext[key] };
  context.traceFlags = (trace.priority === undefined || trace.priority > 0 ? 1 : 0) | trace.otherFlags;
  if (!made) {
    // Inject puts our member into it, and there it stays.
    if (trace.traceState) context.traceState = trace.traceState;
    Object.defineProperty(context, localTraceKey(), { value: trace });
  }
  return context;
}

/** The trace id as 32 lower-case hex digits, printed once per trace. */
export function traceIdHex(trace: LocalTrace): string {
  trace.hex ??= trace.idHigh + hex64(trace.idLowHigh, trace.idLowLow);
  return trace.hex;
}

/** Where a `LocalTrace` hangs on a `SpanContext`. */
export function localTraceKey(): symbol {
  return Symbol.for('edgespan.local-trace');
}

/** The record behind a span context of ours, undefined on one of somebody else. */
export function localTraceOf(context: SpanContext): LocalTrace | undefined {
  return (context as unknown as Record<symbol, LocalTrace | undefined>)[localTraceKey()];
}

/**
 * Key of the API's `Context` under which extract leaves links (`Link[]`) to traces that were not continued. The next local root, a span
 * without parent or with a remote one, takes them; spans below it do not.
 */
export function extractedLinksKey(): symbol {
  return Symbol.for('edgespan.extracted-links');
}
