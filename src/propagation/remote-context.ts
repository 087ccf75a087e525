import type { SpanContext } from '@opentelemetry/api';
import { LocalTrace, localTraceKey } from '../trace/local-trace.ts';
import { parseDdMember } from './dd-member.ts';

/** Hangs a new `LocalTrace` on a context that came from elsewhere. */
export function attachTrace(context: SpanContext): LocalTrace {
  const id = context.traceId;
  const trace = new LocalTrace(id.slice(0, 16), Number.parseInt(id.slice(16, 24), 16), Number.parseInt(id.slice(24), 16));
  (context as unknown as Record<symbol, LocalTrace>)[localTraceKey()] = trace;
  return trace;
}

/**
 * Reads flags and `tracestate` of a W3C context into a `LocalTrace`. The sampled flag decides between keep and drop, `s` of the `dd` member
 * which keep or drop it is, where both agree.
 */
export function inheritTraceState(context: SpanContext): SpanContext {
  const trace = attachTrace(context);
  const sampled = context.traceFlags & 1;
  const state = context.traceState;
  const priority = parseDdMember(state?.get('dd') ?? '', trace) ?? sampled;
  const isAgreed = priority > 0 === sampled > 0;
  trace.priority = isAgreed ? priority : sampled;
  if (!isAgreed) {
    // somebody who does not know `dd` decided anew: what it says about the decision maker is no longer true
    delete trace.tags['_dd.p.dm'];
    if (sampled) trace.tags['_dd.p.dm'] = '-0';
  }
  trace.isInherited = true;
  trace.traceState = state?.unset('dd');
  return context;
}
