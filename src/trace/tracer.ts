import {
  type Attributes,
  type Context,
  context as contextApi,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Link,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  type SpanOptions,
  trace as traceApi,
} from '@opentelemetry/api';
import { copyAttributes } from './attributes.ts';
import { guard } from './guard.ts';
import { traceIdHigh } from './id-generator.ts';
import { LinkedContext } from './linked-context.ts';
import { extractedLinksKey, LocalTrace, localTraceOf, traceIdHex } from './local-trace.ts';
import { parseHex64 } from './print-ids.ts';
import type { SamplingResult } from './sampler.ts';
import { Span, toText } from './span.ts';
import type { InstrumentationScope } from './span-data.ts';
import type { Tracing } from './tracing.ts';

/** What a tracer asks its provider: the record that spans started in this context belong to. Undefined where tracing is off. */
export type FindTracing = (context: Context) => Tracing | undefined;

/** Makes spans. Never throws. */
export class Tracer implements OtelTracer {
  readonly #scope: InstrumentationScope;
  readonly #find: FindTracing;
  readonly #suppressKey: symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
  readonly #spanKey: symbol = Symbol.for('OpenTelemetry Context Key SPAN');

  constructor(scope: InstrumentationScope, find: FindTracing) {
    this.#scope = scope;
    this.#find = find;
  }

  startSpan(name: string, options?: SpanOptions, context: Context = contextApi.active()): OtelSpan {
    return guard(() => this.#start(name, options ?? {}, context)) ?? traceApi.wrapSpanContext(INVALID_SPAN_CONTEXT);
  }

  startActiveSpan<F extends (span: OtelSpan) => ReturnType<F>>(name: string, run: F): ReturnType<F>;
  startActiveSpan<F extends (span: OtelSpan) => ReturnType<F>>(name: string, options: SpanOptions, run: F): ReturnType<F>;
  startActiveSpan<F extends (span: OtelSpan) => ReturnType<F>>(name: string, options: SpanOptions, context: Context, run: F): ReturnType<F>;
  startActiveSpan<F extends (span: OtelSpan) => ReturnType<F>>(name: string, ...rest: unknown[]): ReturnType<F> | undefined {
    const run = rest.pop() as F;
    if (typeof run !== 'function') return undefined;
    const parent = (rest[1] as Context | undefined) ?? contextApi.active();
    const span = this.startSpan(name, rest[0] as SpanOptions | undefined, parent);
    const isParent = parent.getValue(this.#spanKey) === span;
    return contextApi.with(isParent ? parent : new LinkedContext(parent, this.#spanKey, span), run, undefined, span);
  }

  #start(name: string, options: SpanOptions, context: Context): OtelSpan | undefined {
    const tracing = context.getValue(this.#suppressKey) === true ? undefined : this.#find(context);
    if (!tracing) return undefined;
    const parent = options.root ? undefined : traceApi.getSpan(context);
    const own = parent instanceof Span ? parent : undefined;
    const remote = own || !parent ? undefined : parent.spanContext();
    const isRemoteValid = remote !== undefined && (localTraceOf(remote) !== undefined || isSpanContextValid(remote));
    const trace = own?.trace ?? (isRemoteValid ? traceBelow(remote) : newTrace(tracing));
    // A span of another copy of this module is a parent in this process all the same.
    const isLocalRoot = !own && !(isRemoteValid && !remote.isRemote && localTraceOf(remote));
    if (isLocalRoot) {
      trace.adopt(tracing.decide);
      if (!trace.originSeconds) tracing.clock.anchor(trace);
    }
    const kind = options.kind ?? 0;
    const sampled =
      tracing.sampler && this.#sample(tracing, trace, toText(name), options, options.root ? traceApi.deleteSpan(context) : context);
    const isOpen = sampled?.decision !== 0;
    if (!isOpen && own && !own.isOpen && trace.priority === 0) return own;
    const [parentHigh, parentLow] = own ? [own.idHigh, own.idLow] : isRemoteValid ? parseHex64(remote.spanId) : [0, 0];
    const span = new Span(tracing, this.#scope, toText(name), kind, trace, own, parentHigh, parentLow, isLocalRoot, isOpen);
    if (!isOpen) return span;
    if (isLocalRoot) {
      trace.root ??= trace.priority === undefined ? span : undefined;
      const links = context.getValue(extractedLinksKey()) as Link[] | undefined;
      if (links) span.addLinks(links);
    }
    tracing.clock.set(trace, options.startTime);
    span.startSeconds = tracing.clock.seconds;
    span.startNanos = tracing.clock.nanos;
    if (options.attributes) span.setAttributes(options.attributes);
    if (sampled?.attributes) span.setAttributes(sampled.attributes as Attributes);
    if (options.links) span.addLinks(options.links);
    guard(() => tracing.processor.onStart?.(span, context));
    return span;
  }

  /** Asks the sampler, and lets its answer decide the trace where nothing is decided yet. A sampler that throws keeps the span. */
  #sample(tracing: Tracing, trace: LocalTrace, name: string, options: SpanOptions, context: Context): SamplingResult {
    const { attributeCountLimit, attributeValueBytesLimit } = tracing.limits;
    const attributes = copyAttributes(options.attributes, attributeCountLimit, attributeValueBytesLimit).attributes ?? {};
    const result = guard(() =>
      tracing.sampler?.shouldSample(context, traceIdHex(trace), name, options.kind ?? 0, attributes, options.links ?? []),
    ) ?? { decision: 2 };
    if (trace.priority === undefined) {
      trace.decision = { priority: result.decision === 2 ? 1 : 0, mechanism: 0 };
      trace.priority = trace.decision.priority;
    }
    if (result.traceState) trace.traceState = result.traceState;
    return result;
  }
}

function newTrace(tracing: Tracing): LocalTrace {
  const { clock, ids } = tracing;
  ids.next();
  const trace = new LocalTrace('', ids.high, ids.low, tracing.decide);
  clock.anchor(trace);
  clock.read(trace);
  trace.idHigh = tracing.has64BitIds ? '0'.repeat(16) : traceIdHigh(clock.seconds);
  return trace;
}

/** The record of a trace whose parent is not a span of ours: made by extract, or here from a plain span context. */
function traceBelow(parent: ReturnType<OtelSpan['spanContext']>): LocalTrace {
  const made = localTraceOf(parent);
  if (made) return made;
  const trace = new LocalTrace(parent.traceId.slice(0, 16), ...parseHex64(parent.traceId));
  trace.priority = parent.traceFlags & 1;
  trace.isInherited = true;
  trace.otherFlags = parent.traceFlags & ~1;
  trace.traceState = parent.traceState;
  return trace;
}
