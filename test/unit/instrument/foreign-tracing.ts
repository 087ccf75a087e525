import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** A provider that is not ours: the instrumentations have to do with the API alone. */
export interface ForeignTracing {
  readonly provider: TracerProvider;
  /** The finished spans, oldest first. */
  spans(): ReadableSpan[];
  reset(): void;
}

/** Registers OpenTelemetry's SDK as the process's tracing, with async context and plain W3C propagation. */
export function registerForeignTracing(): ForeignTracing {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(asyncContext());
  propagation.setGlobalPropagator(traceparentOnly);
  return { provider, spans: () => exporter.getFinishedSpans(), reset: () => exporter.reset() };
}

export function unregisterForeignTracing(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}

const traceparentOnly: TextMapPropagator = {
  inject(active, carrier, setter) {
    const of = trace.getSpanContext(active);
    if (of) setter.set(carrier, 'traceparent', `00-${of.traceId}-${of.spanId}-0${of.traceFlags}`);
  },
  extract(active, carrier, getter) {
    const parts = /^00-([\da-f]{32})-([\da-f]{16})-0([01])$/.exec(String(getter.get(carrier, 'traceparent')));
    return parts
      ? trace.setSpanContext(active, { traceId: parts[1]!, spanId: parts[2]!, traceFlags: Number(parts[3]), isRemote: true })
      : active;
  },
  fields: () => ['traceparent'],
};

function asyncContext(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  return {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, self, ...args) => storage.run(active, () => Reflect.apply(fn, self, args) as ReturnType<typeof fn>),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  };
}
