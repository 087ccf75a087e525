import type { Context, HrTime, Link, Span, SpanContext, SpanStatus } from '@opentelemetry/api';
import { traceIdHex } from '../trace/local-trace.ts';
import { hex64 } from '../trace/print-ids.ts';
import type { SpanData } from '../trace/span-data.ts';
import type { SpanProcessor } from '../trace/span-processor.ts';

/** The SDK's `SpanProcessor`, 2.x or 3.x, by shape. */
export interface SdkSpanProcessor {
  onStart(span: never, parent: Context): void;
  onEnd(span: never): void;
  onEnding?(span: never): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The SDK's `SpanExporter`, 2.x or 3.x, by shape. */
export interface SdkSpanExporter {
  export(spans: never[], done: (result: { code: number; error?: Error }) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * An OpenTelemetry SDK span processor, unchanged, for `spanProcessors`. It is given the SDK's `ReadableSpan`, whose fields are made
 * when they are read.
 *
 * @example
 * register({ service: 'shop', spanProcessors: [fromSpanProcessor(new SimpleSpanProcessor(exporter))] })
 */
export function fromSpanProcessor(processor: SdkSpanProcessor): SpanProcessor {
  return {
    onStart: (span, parent) => processor.onStart(toReadableSpan(span as Span & SpanData) as never, parent),
    onEnd(span) {
      const readable = toReadableSpan(span) as never;
      processor.onEnding?.(readable);
      processor.onEnd(readable);
    },
    forceFlush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
  };
}

/** Spans that wait for a foreign exporter; more are left to it to lose. */
const maxWaiting = 512;

/** An OpenTelemetry SDK span exporter, unchanged, for `spanProcessors`: it gets what has ended, in the order it ended, one export at a time. */
export function fromSpanExporter(exporter: SdkSpanExporter): SpanProcessor {
  let waiting: SpanData[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // Not on the stack of the application that ended the span.
    await Promise.resolve();
    while (waiting.length > 0) {
      const spans = waiting.map((span) => toReadableSpan(span) as never);
      waiting = [];
      await new Promise<void>((resolve) => exporter.export(spans, () => resolve())).catch(() => {});
    }
    running = undefined;
  }

  return {
    onEnd(span) {
      if (waiting.length >= maxWaiting) waiting.shift();
      waiting.push(span);
      running ??= run();
    },
    async forceFlush() {
      await running;
      await exporter.forceFlush?.();
    },
    async shutdown() {
      await running;
      await exporter.shutdown();
    },
  };
}

type Reader = (span: SpanData) => unknown;

/** Fields of the SDK's `ReadableSpan` that stand in another form in ours. */
const readers: Record<string, Reader> = {
  startTime: (span): HrTime => [span.startSeconds, span.startNanos],
  endTime: (span): HrTime => [span.endSeconds, span.endNanos],
  duration(span): HrTime {
    const nanos = span.endNanos - span.startNanos;
    const seconds = span.endSeconds - span.startSeconds;
    return nanos < 0 ? [seconds - 1, nanos + 1e9] : [seconds, nanos];
  },
  ended: (span) => !(span as SpanData & { isOpen?: boolean }).isOpen,
  status: (span): SpanStatus =>
    span.statusMessage === undefined ? { code: span.status } : { code: span.status, message: span.statusMessage },
  events: (span) =>
    (span.events ?? []).map(({ name, seconds, nanos, attributes, droppedAttributesCount }) => ({
      name,
      time: [seconds, nanos] as HrTime,
      attributes: attributes ?? {},
      droppedAttributesCount,
    })),
  links: (span): Link[] =>
    (span.links ?? []).map(({ context, attributes, droppedAttributesCount }) => ({
      context,
      attributes: attributes ?? {},
      droppedAttributesCount,
    })),
  resource: ({ resource: { service, env, version, tags } }) => {
    const attributes = { ...tags, 'service.name': service, 'deployment.environment.name': env, 'service.version': version };
    const made = {
      attributes,
      asyncAttributesPending: false,
      waitForAsyncAttributes: async () => {},
      merge: () => made,
      getRawAttributes: () => Object.entries(attributes),
    };
    return made;
  },
  instrumentationScope: ({ scope }) => scope,
  parentSpanContext: parentOf,
  parentSpanId: (span) => parentOf(span)?.spanId,
};

function parentOf(span: SpanData): SpanContext | undefined {
  if (!span.parentHigh && !span.parentLow) return undefined;
  return {
    traceId: traceIdHex(span.trace),
    spanId: hex64(span.parentHigh, span.parentLow),
    traceFlags: (span.trace.priority ?? 1) > 0 ? 1 : 0,
    isRemote: span.isLocalRoot,
  };
}

/** The span in the SDK's shape, with the API's methods. */
function toReadableSpan(span: SpanData): object {
  return new Proxy(span, {
    get(target, key) {
      const read = Object.hasOwn(readers, key) ? readers[key as string] : undefined;
      if (read) return read(target);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
