import type { Context, Link, Span, TextMapPropagator } from '@opentelemetry/api';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { extractedLinksKey, localTraceOf } from '../trace/local-trace.ts';
import { attempt } from './carrier.ts';
import { datadogStyle } from './datadog.ts';
import { injectAll, type SettledPropagator } from './inject-all.ts';
import { attachW3cTrace } from './remote-context.ts';

export interface CompositeOptions {
  /** Both ways, in order of precedence; `inject` and `extract` replace it for one way. */
  propagators?: readonly TextMapPropagator[];
  inject?: readonly TextMapPropagator[];
  extract?: readonly TextMapPropagator[];
  /** Stops at the first style that yields a trace: no links, no other span id. Default false. */
  extractFirst?: boolean;
  /** `continue` the trace that came, `restart` with a new one that links to it, or `ignore` it and its baggage. Default `continue`. */
  behaviorExtract?: 'continue' | 'restart' | 'ignore';
  /**
   * `sampled`: a trace that is not kept injects nothing at all, baggage neither, as in Datadog's browser SDK, so that the next service
   * decides for itself. Without a span, baggage travels. Default `all`.
   */
  traceContextInjection?: 'all' | 'sampled';
}

/**
 * The propagator that is registered, around ours or anybody's. Before anything is injected the trace is decided and the outcome stands in
 * the span's context. On extract the first style that yields a trace wins; of a later one with another trace id a link remains
 * (`extractedLinksKey()` in the context), and where W3C's names another span of the same trace, that span is the parent. Never throws.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentracing/propagation/text_map.js
 */
export function composite(options: CompositeOptions): TextMapPropagator {
  const { propagators = [], inject = propagators, extract = propagators, extractFirst, behaviorExtract } = options;
  return {
    inject: (context, carrier, setter) => injectAll(inject, options.traceContextInjection === 'sampled', context, carrier, setter),
    extract(context, carrier, getter) {
      if (behaviorExtract === 'ignore') return context;
      let result = context;
      let winner: Span | undefined;
      let winnerStyle = '';
      let links: Link[] = [];
      for (const propagator of extract) {
        const next = attempt(() => propagator.extract(result, carrier, getter)) ?? result;
        const span = trace.getSpan(next);
        const isFound = span && span !== trace.getSpan(result);
        result = next;
        if (!isFound) continue;
        if (!localTraceOf(span.spanContext())) attachW3cTrace(span.spanContext());
        const style = styleOf(propagator);
        if (!winner) {
          winner = span;
          winnerStyle = style;
        } else if (!extractFirst) {
          if (!isSameTrace(winner, span)) links.push(...linkTo(span, 'terminated_context', style));
          else if (isTraceContext(propagator)) winner = takeParent(winner, winnerStyle, span);
        }
        result = trace.setSpan(next, winner);
      }
      if (winner && behaviorExtract === 'restart') {
        links = linkTo(winner, 'propagation_behavior_extract', winnerStyle);
        result = restoreSpan(result, trace.getSpan(context));
      }
      return links.length > 0 ? result.setValue(extractedLinksKey(), links) : result;
    },
    fields: () => [...new Set([...inject, ...extract].flatMap((propagator) => propagator.fields()))],
  };
}

/** Datadog's name of a style; of a propagator that is not ours, its first header. */
function styleOf(propagator: SettledPropagator): string {
  return isTraceContext(propagator) ? 'tracecontext' : (propagator.style ?? propagator.fields()[0] ?? '');
}

function isTraceContext(propagator: TextMapPropagator): boolean {
  return propagator.fields()[0] === 'traceparent';
}

/** Equal ids, or equal low halves where a style could not carry the high one. */
function isSameTrace(one: Span, other: Span): boolean {
  const a = one.spanContext().traceId;
  const b = other.spanContext().traceId;
  return a.slice(16) === b.slice(16) && (a === b || /^0{16}/.test(a) || /^0{16}/.test(b));
}

/**
 * The same trace by W3C's headers: they name the parent (somebody who knows only W3C may stand between), all 128 bits, the random flag and
 * other vendors' state; priority, origin and tags stay the winner's.
 */
function takeParent(winner: Span, style: string, w3c: Span): Span {
  const from = winner.spanContext();
  const to = w3c.spanContext();
  const fromTrace = localTraceOf(from)!;
  const toTrace = localTraceOf(to)!;
  const { priority, isInherited, origin, tags } = fromTrace;
  for (const key of Object.keys(toTrace.tags)) delete toTrace.tags[key];
  Object.assign(toTrace.tags, tags);
  Object.assign(toTrace, { priority, isInherited, origin });
  if (from.spanId === to.spanId) toTrace.lastParentId = fromTrace.lastParentId;
  else if (style === datadogStyle) toTrace.lastParentId ??= from.spanId;
  to.traceFlags = (to.traceFlags & ~1) | (from.traceFlags & 1);
  return w3c;
}

/** Nothing to link to where only a sampling decision came, without a span. */
function linkTo(span: Span, reason: string, style: string): Link[] {
  const context = span.spanContext();
  return isSpanContextValid(context) ? [{ context, attributes: { reason, context_headers: style } }] : [];
}

function restoreSpan(context: Context, span: Span | undefined): Context {
  return span ? trace.setSpan(context, span) : trace.deleteSpan(context);
}
