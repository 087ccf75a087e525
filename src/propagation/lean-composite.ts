import type { TextMapPropagator } from '@opentelemetry/api';
import { attempt } from './carrier.ts';
import { injectAll, type SettledPropagator } from './inject-all.ts';

/**
 * The propagator that is registered in pages, around ours or anybody's: decides the trace before anything is injected, and on extract lets
 * the first style that yields a trace win, without links. Styles that have a form for pages take it: `traceContext()` sends no members of
 * other vendors, `datadog()` no `x-datadog-tags`. Never throws.
 */
export function leanComposite(options: {
  propagators: readonly TextMapPropagator[];
  /** See `CompositeOptions` of the other `composite`. Default `sampled`. */
  traceContextInjection?: 'all' | 'sampled';
}): TextMapPropagator {
  const { traceContextInjection } = options;
  const propagators = options.propagators.map((propagator) => (propagator as SettledPropagator).lean ?? propagator);
  return {
    inject: (context, carrier, setter) => injectAll(propagators, traceContextInjection !== 'all', context, carrier, setter),
    // backwards, so that of two spans the first style's stays
    extract: (context, carrier, getter) =>
      propagators.reduceRight((result, propagator) => attempt(() => propagator.extract(result, carrier, getter)) ?? result, context),
    fields: () => propagators.flatMap((propagator) => propagator.fields()),
  };
}
