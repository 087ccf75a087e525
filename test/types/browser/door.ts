// The doors for a page, checked with the DOM's types alone.
import { type Context, trace } from '@opentelemetry/api';
import { recordException, traceContext, withSpan } from 'edgespan';
import {
  documentLoadInstrumentation,
  fetchInstrumentation,
  intake,
  register,
  webInstrumentations,
  xhrInstrumentation,
} from 'edgespan/browser';
import { gzip } from 'edgespan/gzip';
import { fromSpanExporter, fromSpanProcessor } from 'edgespan/otel-sdk';
import { zoneContextManager } from 'edgespan/zone';

const tracing = register({
  service: 'shop-web',
  env: 'prod',
  version: '1.4.0',
  tags: { team: 'web' },
  exporter: intake({ url: '/t', token: () => Promise.resolve('token') }),
  instrumentations: [
    ...webInstrumentations({ allowedTracingUrls: ['https://api.example.com', /example/, (url: string) => url.length > 1] }),
    fetchInstrumentation(),
    xhrInstrumentation(),
    documentLoadInstrumentation(),
  ],
  contextManager: zoneContextManager(),
  sampleRate: 0.2,
  propagators: [traceContext()],
  batch: {
    maxQueueSize: 4096,
    maxQueueBytes: 2_097_152,
    maxExportBatchSize: 512,
    maxBatchCompressedBytes: 48_000,
    scheduledDelayMillis: 5000,
  },
  beforeSend: (span) => span,
  onDrop: ({ reason, spanCount }) => {
    reason satisfies string;
    spanCount satisfies number;
  },
  compression: gzip(),
  debug: false,
  enabled: true,
});

tracing.ok satisfies boolean;
tracing.stats().delivered satisfies number;
void tracing.forceFlush({ timeoutMillis: 10 }).then(({ delivered, pending, dropped }) => [delivered, pending, dropped] satisfies number[]);
void (tracing.shutdown() satisfies Promise<unknown>);
withSpan('a', (span) => span.spanContext().traceId) satisfies string;
void (withSpan('b', { attributes: { a: 1 } }, async () => 1) satisfies Promise<number>);
recordException(trace.getTracer('a').startSpan('c'), new Error('d'), { e: ['f'] }, new Date());
// What OpenTelemetry's SDK exports, by shape.
fromSpanExporter({ export() {}, shutdown: () => Promise.resolve() });
fromSpanProcessor({
  onStart(_span: unknown, _context: Context) {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
});
// @ts-expect-error a set-up option by a wrong name is refused
register({ service: 'shop', sampleRatio: 1 });
