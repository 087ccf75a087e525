import {
  type Context,
  context as contextApi,
  type Tracer as OtelTracer,
  type TracerProvider as OtelTracerProvider,
} from '@opentelemetry/api';
import { guard } from './guard.ts';
import { toText } from './span.ts';
import { Tracer } from './tracer.ts';
import type { Tracing } from './tracing.ts';

/** Tracers kept by name: names are few, unless they are made by mistake. */
const maxTracers = 1000;

/**
 * OpenTelemetry's TracerProvider. Its tracers look behind it at each span, so what is behind it can be exchanged: by a second
 * registration (hot reload), by `shutdown`, and in Workers by each invocation, whose record is in the active context.
 */
export class TracerProvider implements OtelTracerProvider {
  /** The record of the process; undefined while tracing is off, and in Workers. */
  tracing: Tracing | undefined = undefined;
  readonly #tracers = new Map<string, Tracer>();
  readonly #tracingKey: symbol = tracingKey();

  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): OtelTracer {
    const scope = {
      name: toText(name),
      version: toText(version) || undefined,
      schemaUrl: toText(guard(() => options?.schemaUrl)) || undefined,
    };
    const key = JSON.stringify(scope);
    let tracer = this.#tracers.get(key);
    if (!tracer) {
      // A context that the application took from elsewhere, as from extract, holds no record: then it is that of the running invocation.
      const find = (context: Context): Tracing | undefined =>
        this.tracing ?? ((context.getValue(this.#tracingKey) ?? contextApi.active().getValue(this.#tracingKey)) as Tracing | undefined);
      tracer = new Tracer(scope, find);
      if (this.#tracers.size < maxTracers) this.#tracers.set(key, tracer);
    }
    return tracer;
  }
}

/** Where an invocation's record stands in the context. */
export function tracingKey(): symbol {
  return Symbol.for('edgespan.tracing');
}
