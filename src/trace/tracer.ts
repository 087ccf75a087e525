import {
  type Attributes,
  type Context,
  context as contextApi,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Link,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  type SpanContext,
  type SpanOptions,
  trace as traceApi,
} from '@opentelemetry/api';
import { copyAttributes } from './attributes.ts';
import { guard } from './guard.ts';
import { LinkedContext } from './linked-context.ts';
import { extractedLinksKey, LocalTrace, localTraceOf, traceIdHex } from './local-trace.ts';
import { hex64, parseHex64 } from './print-ids.ts';
import type { Sampler, SamplingResult } from './sampler.ts';
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
  readonly #linksKey: symbol = extractedLinksKey();

  constructor(scope: InstrumentationScope, find: FindTracing) {
    this.#scope = scope;
    this.#find = find;
  }

  startSpan(name: string, options?: SpanOptions, context: Context = contextApi.active()): OtelSpan {
    // Options that throw when they are read are no options.
    return (
      guard(() => this.#start(name, options ?? {}, context)) ??
      guard(() => this.#start(name, {}, context)) ??
      traceApi.wrapSpanContext(INVALID_SPAN_CONTEXT)
    );
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

  #start(given: string, options: SpanOptions, context: Context): OtelSpan | undefined {
    const tracing = context.getValue(this.#suppressKey) === true ? undefined : this.#find(context);
    if (!tracing) return undefined;
    const { clock, sampler } = tracing;
    const name = toText(given);
    const { kind = 0, root, attributes, links } = options;
    const parent = root ? undefined : traceApi.getSpan(context);
    const own = parent instanceof Span ? parent : undefined;
    const other = own ? undefined : parent?.spanContext();
    const made = other && localTraceOf(other);
    const remote = made || (other && isSpanContextValid(other)) ? other : undefined;
    const trace = own?.trace ?? made ?? (remote ? traceBelow(remote) : newTrace(tracing));
    // A span of another copy of this module is a parent in this process all the same.
    const isLocalRoot = !own && (!made || !!remote?.isRemote);
    if (isLocalRoot) {
      trace.adopt(tracing.decide);
      if (!trace.originSeconds) clock.anchor(trace);
      if (!trace.idHigh) {
        // eight digits of epoch seconds and eight zeros, as Datadog's tracers make it
        clock.read(trace);
        trace.idHigh = hex64(clock.seconds, 0);
      }
    }
    const sampled = sampler && sample(sampler, tracing, trace, name, options, root ? traceApi.deleteSpan(context) : context);
    const isOpen = sampled?.decision !== 0;
    if (!isOpen && own && !own.isOpen && trace.priority === 0) return own;
    const [parentHigh, parentLow] = own ? [own.idHigh, own.idLow] : remote ? parseHex64(remote.spanId) : [0, 0];
    const span = new Span(tracing, this.#scope, name, kind, trace, own, parentHigh, parentLow, isLocalRoot, isOpen);
    if (!isOpen) return span;
    if (isLocalRoot) {
      if (trace.priority === undefined) trace.root ??= span;
      const extracted = context.getValue(this.#linksKey) as Link[] | undefined;
      if (extracted) span.addLinks(extracted);
    }
    clock.set(trace, options.startTime);
    span.startSeconds = clock.seconds;
    span.startNanos = clock.nanos;
    if (attributes) span.setAttributes(attributes);
    if (sampled?.attributes) span.setAttributes(sampled.attributes as Attributes);
    if (links) span.addLinks(links);
    guard(() => tracing.processor.onStart?.(span, context));
    return span;
  }
}

/** Asks the sampler, and lets its answer decide the trace where nothing is decided yet. A sampler that throws keeps the span. */
function sample(
  sampler: Sampler,
  { limits }: Tracing,
  trace: LocalTrace,
  name: string,
  { kind = 0, attributes, links = [] }: SpanOptions,
  context: Context,
): SamplingResult {
  const { attributes: copy = {} } = copyAttributes(attributes, limits.attributeCountLimit, limits.attributeValueBytesLimit);
  const result = guard(() => sampler.shouldSample(context, traceIdHex(trace), name, kind, copy, links)) ?? { decision: 2 };
  if (trace.priority === undefined) {
    trace.priority = result.decision === 2 ? 1 : 0;
    trace.decision = { priority: trace.priority, mechanism: 0 };
  }
  if (result.traceState) trace.traceState = result.traceState;
  return result;
}

function newTrace({ ids, has64BitIds }: Tracing): LocalTrace {
  ids.next();
  // The high half holds the time, which is read when the trace has its clock.
  return new LocalTrace(has64BitIds ? hex64(0, 0) : '', ids.high, ids.low);
}

/** The record of a trace whose parent is a plain span context. Of one that extract made, the record is there. */
function traceBelow({ traceId, traceFlags, traceState }: SpanContext): LocalTrace {
  const trace = new LocalTrace(traceId.slice(0, 16), ...parseHex64(traceId));
  trace.priority = traceFlags & 1;
  trace.isInherited = true;
  trace.otherFlags = traceFlags & ~1;
  trace.traceState = traceState;
  return trace;
}
