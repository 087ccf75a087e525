// What the test's page and its web worker load: our instrumentations under OpenTelemetry's own provider.
import { type Context, type ContextManager, context, propagation, ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { documentLoadInstrumentation } from '../../../src/instrument/browser/document-load.ts';
import { fetchInstrumentation } from '../../../src/instrument/browser/fetch.ts';
import type { PageRequestOptions } from '../../../src/instrument/browser/page-client.ts';
import { xhrInstrumentation } from '../../../src/instrument/browser/xhr.ts';
import type { Instrumentation } from '../../../src/instrument/instrumentation.ts';

/** What page and test say of a span. */
export interface SpanReport {
  name: string;
  kind: number;
  code: number;
  attributes: Record<string, unknown>;
  events: string[];
  links: string[];
  parentId: string | undefined;
  traceId: string;
  spanId: string;
  durationMillis: number;
}

export interface Lab {
  enable(options?: PageRequestOptions<Response | XMLHttpRequest>): void;
  disable(): void;
  /** The finished spans, which are then forgotten. */
  take(): SpanReport[];
  inSpan<T>(run: () => T): { spanId: string; result: T };
  xTrace(): TextMapPropagator;
}

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let enabled: Instrumentation[] = [];

const stack: Context[] = [ROOT_CONTEXT];
const manager: ContextManager = {
  active: () => stack.at(-1)!,
  with(active, fn, self, ...args) {
    stack.push(active);
    try {
      return Reflect.apply(fn, self, args) as ReturnType<typeof fn>;
    } finally {
      stack.pop();
    }
  },
  bind: (_, target) => target,
  enable: () => manager,
  disable: () => manager,
};

function propagator(header: string): TextMapPropagator {
  return {
    inject(active, carrier, setter) {
      const of = trace.getSpanContext(active);
      if (of) setter.set(carrier, header, `00-${of.traceId}-${of.spanId}-0${of.traceFlags}`);
    },
    extract: (active) => active,
    fields: () => [header],
  };
}

trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(manager);
propagation.setGlobalPropagator(propagator('traceparent'));

const lab: Lab = {
  enable(options = {}) {
    lab.disable();
    enabled = [fetchInstrumentation(options), xhrInstrumentation(options)];
    for (const one of enabled) one.enable();
  },
  disable() {
    for (const one of enabled) one.disable();
  },
  take() {
    const spans = exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      kind: span.kind,
      code: span.status.code,
      attributes: span.attributes,
      events: span.events.map(({ name }) => name),
      links: span.links.map((link) => link.context.spanId),
      parentId: span.parentSpanContext?.spanId,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      durationMillis: span.duration[0] * 1e3 + span.duration[1] / 1e6,
    }));
    exporter.reset();
    return spans;
  },
  inSpan(run) {
    const span = trace.getTracer('page').startSpan('page');
    const result = context.with(trace.setSpan(ROOT_CONTEXT, span), run);
    return { spanId: span.spanContext().spanId, result };
  },
  xTrace: () => propagator('x-trace'),
};
Object.assign(globalThis, { lab });

if (globalThis.document) {
  documentLoadInstrumentation({ resourceCount: 2 }).enable();
} else {
  documentLoadInstrumentation().enable();
  lab.enable();
  void fetch('/api/worker')
    .then((response) => response.text())
    .then(() => postMessage(lab.take()));
}
