import type { SettledPropagator } from './inject-all.ts';
import { leanTraceContext } from './lean-trace-context.ts';
import { attachW3cTrace } from './remote-context.ts';
import { traceContextWith } from './trace-context-core.ts';
import { fitTraceState, parseTraceState } from './trace-state.ts';

/**
 * W3C Trace Context level 2: `traceparent` and `tracestate`, both ways. Sampled and random flag travel, members of other vendors stay in
 * their order behind ours (`dd=`). At most 32 members and 512 characters are sent. Never throws.
 * @example
 * register({ service: 'orders', propagators: [traceContext()] })
 * @see https://www.w3.org/TR/trace-context-2/
 */
export function traceContext(): SettledPropagator {
  const propagator = traceContextWith(
    (state) => fitTraceState(state.serialize().split(',')),
    (context, tracestate) => {
      context.traceState = parseTraceState(tracestate);
      attachW3cTrace(context);
    },
  );
  return { ...propagator, lean: leanTraceContext() };
}
