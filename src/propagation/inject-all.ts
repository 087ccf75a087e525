import type { Context, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { settle } from './settle.ts';

/** Lets nothing out: what a propagator of others throws loses that propagator only. */
export function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
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
  for (const propagator of propagators) attempt(() => propagator.inject(context, carrier, setter));
}
