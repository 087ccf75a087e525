import type { SpanContext } from '@opentelemetry/api';
import { LocalTrace, localTraceKey } from '../trace/local-trace.ts';
import { parseDdMember } from './dd-member.ts';

/** Hangs a new `LocalTrace` on a context that came from elsewhere; without a priority its trace is decided here. */
export function attachTrace(context: SpanContext, priority?: number): LocalTrace {
  const id = context.traceId;
  const trace = new LocalTrace(id.slice(0, 16), Number.parseInt(id.slice(16, 24), 16), Number.parseInt(id.slice(24), 16));
  trace.priority = priority;
  trace.isInherited = priority !== undefined;
  (context as unknown as Record<symbol, LocalTrace>)[localTraceKey()] = trace;
  return trace;
}

/**
 * Reads flags and `tracestate` of a W3C context into a `LocalTrace`. The sampled flag decides between keep and drop, `s` of the `dd` member
 * which keep or drop it is, where both agree.
 */
export function inheritTraceState(context: SpanContext): void {
  const sampled = context.traceFlags & 1;
  const trace = attachTrace(context, sampled);
  const state = context.traceState;
  if (!state) return;
  const priority = parseDdMember(state.get('dd') ?? '', trace) ?? sampled;
  if (priority > 0 === sampled > 0) trace.priority = priority;
  else {
    // somebody who does not know `dd` decided anew: what it says about the decision maker is no longer true
    delete trace.tags['_dd.p.dm'];
    if (sampled) trace.tags['_dd.p.dm'] = '-0';
  }
  trace.traceState = state.unset('dd');
}
