import type { Context, SpanContext, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { attempt } from './carrier.ts';
import { settle } from './settle.ts';

/** `inject` of ours takes what `settle` gave, so that it is done once however many styles there are. */
export interface SettledPropagator extends TextMapPropagator {
  inject<Carrier>(context: Context, carrier: Carrier, setter: TextMapSetter<Carrier>, settled?: SpanContext): void;
  /** Datadog's name of the style, where it is not the name of the first header. */
  readonly style?: string;
  /** What stands in for it in pages, which send fewer headers. */
  readonly lean?: TextMapPropagator | undefined;
}

/**
 * Decides the trace, then lets every propagator inject. With `onlySampled` a trace that is not kept injects nothing at all, baggage
 * neither, as in Datadog's browser SDK (rum-core `tracer.ts`); without a span, baggage travels.
 */
export function injectAll<Carrier>(
  propagators: readonly TextMapPropagator[],
  onlySampled: boolean,
  context: Context,
  carrier: Carrier,
  setter: TextMapSetter<Carrier>,
): void {
  if (context.getValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'))) return;
  const spanContext = attempt(() => settle(context));
  if (onlySampled && spanContext && !(spanContext.traceFlags & 1)) return;
  for (const propagator of propagators) attempt(() => (propagator as SettledPropagator).inject(context, carrier, setter, spanContext));
}
