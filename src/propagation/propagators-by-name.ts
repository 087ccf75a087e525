import type { TextMapPropagator } from '@opentelemetry/api';
import type { B3Options } from './b3.ts';
import { b3, b3multi } from './b3.ts';
import type { BaggageOptions } from './baggage.ts';
import { baggage } from './baggage.ts';
import type { DatadogOptions } from './datadog.ts';
import { datadog } from './datadog.ts';
import { traceContext } from './trace-context.ts';

/**
 * The propagators that environment variables name (`DD_TRACE_PROPAGATION_STYLE`, `…_INJECT`, `…_EXTRACT`, `OTEL_PROPAGATORS`): `datadog`,
 * `tracecontext`, `baggage`, `b3` and `b3 single header` (one header, as OpenTelemetry and Datadog's newer tracers mean it), `b3multi`;
 * `none` is none at all. Names are read without case. Only for what reads the environment: it holds every style.
 * @returns the propagators in the order named, each once, and the names that are unknown.
 */
export function propagatorsByName(
  names: readonly string[],
  options: DatadogOptions & BaggageOptions & B3Options = {},
): { propagators: TextMapPropagator[]; unknown: string[] } {
  const makers: Record<string, () => TextMapPropagator> = {
    datadog: () => datadog(options),
    tracecontext: traceContext,
    baggage: () => baggage(options),
    b3: () => b3(options),
    b3multi: () => b3multi(options),
  };
  const wanted = names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
  const known = new Set(wanted.map((name) => (name === 'b3 single header' ? 'b3' : name)));
  if (known.has('none')) return { propagators: [], unknown: [] };
  const unknown = [...known].filter((name) => !Object.hasOwn(makers, name));
  return { propagators: [...known].flatMap((name) => (Object.hasOwn(makers, name) ? [makers[name]!()] : [])), unknown };
}
