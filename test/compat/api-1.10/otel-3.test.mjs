// The OpenTelemetry 3.x line on API 1.10: its processors, exporters and instrumentations, unchanged, with the built package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { launch } from '../../runtimes/launch.ts';
import { bundleWithCopies, folder } from './library.mjs';

const { intake, register } = await import('edgespan/node');
const { fromSpanExporter, fromSpanProcessor } = await import('edgespan/otel-sdk');

test('this folder has API 1.10', () => {
  const manifest = JSON.parse(readFileSync(`${folder}node_modules/@opentelemetry/api/package.json`, 'utf8'));
  assert.equal(manifest.version, '1.10.0');
});

test('SimpleSpanProcessor and InMemorySpanExporter of sdk-trace get our spans; nested attribute values of API 1.10 are taken', async () => {
  const [direct, processed] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
  const tracing = register({
    service: 'compat',
    exporter: intake({ url: 'http://127.0.0.1:9/t' }),
    spanProcessors: [fromSpanExporter(direct), fromSpanProcessor(new SimpleSpanProcessor({ exporter: processed }))],
  });
  assert.equal(tracing.ok, true, tracing.reason);
  const attributes = { nested: { list: [1, 'a', { deep: true }] }, plain: 7 };
  trace.getTracer('compat', '1.0').startActiveSpan('parent', { kind: SpanKind.SERVER, attributes }, (parent) => {
    trace.getTracer('compat').startSpan('child').end();
    parent.end();
  });
  await tracing.forceFlush({ timeoutMillis: 100 });
  for (const exporter of [direct, processed]) {
    const spans = exporter.getFinishedSpans();
    assert.deepEqual(
      spans.map((span) => span.name),
      ['child', 'parent'],
    );
    const [child, parent] = spans;
    assert.equal(child.parentSpanContext.spanId, parent.spanContext().spanId);
    assert.equal(parent.kind, SpanKind.SERVER);
    assert.equal(parent.attributes.plain, 7);
    assert.equal(parent.instrumentationScope.version, '1.0');
    assert.equal(parent.resource.attributes['service.name'], 'compat');
    assert.ok(parent.duration[0] === 0 && parent.ended);
  }
  await tracing.shutdown();
});

test('instrumentation-fetch 0.300.0, given to register unchanged, in Chromium', async () => {
  const script = await bundleWithCopies(
    `import { trace } from '@opentelemetry/api';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { intake, register } from 'edgespan/browser';
const tracing = register({ service: 'page', exporter: intake({ url: '/t' }), instrumentations: [new FetchInstrumentation()] });
globalThis.run = async () => {
  await trace.getTracer('page').startActiveSpan('click', async (span) => { const answer = fetch('/orders'); await answer; span.end(); });
  // Its span ends by a timer of its own, of 300 ms.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await tracing.forceFlush();
  for (let tries = 0; tries < 100 && tracing.stats().delivered < 2; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await tracing.forceFlush();
  }
  return { ok: tracing.ok, reason: tracing.reason };
};`,
    { library: '@opentelemetry/api', application: '@opentelemetry/api', platform: 'browser' },
  );
  const bodies = [];
  const orders = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    if (request.method === 'POST') bodies.push(body);
    if (request.url === '/orders') orders.push(request.headers);
    if (request.url === '/app.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else if (request.url === '/')
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script type="module" src="/app.js"></script>');
    else response.writeHead(request.method === 'POST' ? 202 : 200).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launch('chromium');
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction('globalThis.run');
    const outcome = await page.evaluate('run()');
    assert.equal(outcome.ok, true, outcome.reason);
    const payloads = bodies.map((body) => {
      const end = body.indexOf(10);
      const payload = body.subarray(end + 1);
      return (JSON.parse(body.subarray(0, end)).enc === 'gzip' ? gunzipSync(payload) : payload).toString();
    });
    const text = payloads.join('\n');
    assert.match(text, /"resource":"click"/);
    assert.match(text, /"span.kind":"client"/);
    // Two spans: ours own requests to /t are traced by nobody.
    assert.equal(text.match(/"span_id":/g).length, 2);
    assert.match(orders[0].traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
});
