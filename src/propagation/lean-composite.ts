import type { TextMapPropagator } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { attempt, injectAll } from './inject-all.ts';

/**
 * The propagator that is registered in pages, around ours or anybody's: decides the trace before anything is injected, and on extract lets
 * the first style that yields a trace win, without links. Never throws.
 */
export function leanComposite(options: {
  propagators: readonly TextMapPropagator[];
  /** See `CompositeOptions` of the other `composite`. Default `sampled`. */
  traceContextInjection?: 'all' | 'sampled';
}): TextMapPropagator {
  const { propagators, traceContextInjection } = options;
  return {
    inject: (context, carrier, setter) => injectAll(propagators, traceContextInjection !== 'all', context, carrier, setter),
    extract(context, carrier, getter) {
      const own = trace.getSpan(context);
      return propagators.reduce((result, propagator) => {
        const found = trace.getSpan(result);
        const next = attempt(() => propagator.extract(result, carrier, getter)) ?? result;
        return found && found !== own ? trace.setSpan(next, found) : next;
      }, context);
    },
    fields: () => propagators.flatMap((propagator) => propagator.fields()),
  };
}
