// The OpenTelemetry 2.x line on API 1.9, in the main tree: its processors and exporters, unchanged.
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { BatchSpanProcessor, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { intake, register } from 'edgespan/node';
import { fromSpanExporter, fromSpanProcessor } from 'edgespan/otel-sdk';
import { expect, test } from 'vitest';

const check = (spans: ReadableSpan[]): void => {
  expect(spans.map((span) => span.name)).toEqual(['child', 'parent']);
  const [child, parent] = spans as [ReadableSpan, ReadableSpan];
  expect(child.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
  expect(child.spanContext().traceId).toBe(parent.spanContext().traceId);
  expect(child.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no stock' });
  expect(child.events.map((event) => event.name)).toEqual(['exception']);
  expect(child.links.map((link) => link.context.spanId)).toEqual([parent.spanContext().spanId]);
  const { kind, attributes, ended, startTime, endTime, duration, instrumentationScope } = parent;
  expect({ kind, attributes, ended, startTime, endTime, duration, instrumentationScope }).toMatchObject({
    kind: SpanKind.SERVER,
    attributes: { list: ['a', 'b'] },
    ended: true,
    startTime: [1_700_000_000, 5],
    endTime: [1_700_000_001, 7],
    duration: [1, 2],
    instrumentationScope: { name: 'compat', version: '1.0' },
  });
  expect(parent.resource.attributes['service.name']).toBe('compat');
};

test('SimpleSpanProcessor, BatchSpanProcessor and InMemorySpanExporter of sdk-trace-base get our spans', async () => {
  const [direct, simple, batched] = [new InMemorySpanExporter(), new InMemorySpanExporter(), new InMemorySpanExporter()];
  const tracing = register({
    service: 'compat',
    exporter: intake({ url: 'http://127.0.0.1:9/t' }),
    spanProcessors: [
      fromSpanExporter(direct),
      fromSpanProcessor(new SimpleSpanProcessor(simple)),
      fromSpanProcessor(new BatchSpanProcessor(batched)),
    ],
  });
  expect(tracing.reason).toBe('');
  const tracer = trace.getTracer('compat', '1.0');
  const options = { kind: SpanKind.SERVER, attributes: { list: ['a', 'b'] }, startTime: [1_700_000_000, 5] as [number, number] };
  tracer.startActiveSpan('parent', options, (parent) => {
    const child = tracer.startSpan('child', { links: [{ context: parent.spanContext() }] });
    child.recordException(new Error('no stock'));
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' });
    child.end();
    parent.end([1_700_000_001, 7]);
  });
  await tracing.forceFlush({ timeoutMillis: 200 });
  for (const exporter of [direct, simple, batched]) check(exporter.getFinishedSpans());
  await tracing.shutdown();
});
