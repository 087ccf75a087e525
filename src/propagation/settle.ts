import type { Context, SpanContext } from '@opentelemetry/api';
import { createTraceState, isSpanContextValid, trace } from '@opentelemetry/api';
import { localTraceOf } from '../trace/local-trace.ts';
import { formatDdMember } from './dd-member.ts';

/**
 * Decides the trace of the active span and writes the outcome into its `SpanContext`: the sampled flag and the `dd` member of `traceState`,
 * where every propagator finds it. Returns undefined where there is no valid span.
 */
export function settle(context: Context): SpanContext | undefined {
  const spanContext = trace.getSpanContext(context);
  if (!spanContext || !isSpanContextValid(spanContext)) return undefined;
  const local = localTraceOf(spanContext);
  if (local) {
    spanContext.traceFlags = (spanContext.traceFlags & ~1) | +(local.decide() > 0);
    const member = formatDdMember(local, spanContext.isRemote ? local.lastParentId : spanContext.spanId);
    spanContext.traceState = (spanContext.traceState ?? local.traceState ?? createTraceState()).set('dd', member);
  }
  return spanContext;
}
