import type { SpanContext } from '@opentelemetry/api';
import { LocalTrace, localTraceKey } from '../trace/local-trace.ts';
import { inheritTraceState } from './dd-member.ts';

/** Hangs a new `LocalTrace` on a context that came from elsewhere; without a priority its trace is decided here. */
export function attachTrace(context: SpanContext, priority?: number): LocalTrace {
  const id = context.traceId;
  const trace = new LocalTrace(id.slice(0, 16), Number.parseInt(id.slice(16, 24), 16), Number.parseInt(id.slice(24), 16));
  trace.priority = priority;
  trace.isInherited = priority !== undefined;
  trace.otherFlags = context.traceFlags & ~1;
  (context as unknown as Record<symbol, LocalTrace>)[localTraceKey()] = trace;
  return trace;
}

/** Reads flags and `tracestate` of a W3C context, ours or another propagator's, into a `LocalTrace`. */
export function attachW3cTrace(context: SpanContext): void {
  const sampled = context.traceFlags & 1;
  const trace = attachTrace(context, sampled);
  if (context.traceState) inheritTraceState(context.traceState, sampled, trace);
}
