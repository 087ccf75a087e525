// node test/fuzz/proxy/record.ts: writes recorded.json, bodies as the client sends them, for the campaign to begin from.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { intake, register } from 'edgespan/node';

const bodies: string[] = [];
const binding = {
  async fetch(_url: string, init: RequestInit) {
    const body = new Uint8Array(await new Response(init.body ?? '').arrayBuffer());
    bodies.push(Buffer.from(body).toString('base64'));
    return new Response(null, { status: 202 });
  },
};
const tracing = register({ service: 'shop-web', env: 'prod', version: '1.4.0', tags: { team: 'web' }, exporter: intake({ binding }) });
const tracer = trace.getTracer('record');

const shapes: readonly (() => void)[] = [
  () => tracer.startSpan('plain').end(),
  () => {
    for (let index = 0; index < 5; index++) tracer.startSpan(`root ${index}`, { root: true }).end();
  },
  () => {
    const root = tracer.startSpan('documentLoad', { attributes: { 'http.url': 'https://shop.example/a?page=2&code=7#x' } });
    const parent = trace.setSpan(context.active(), root);
    for (let index = 0; index < 12; index++) {
      const child = tracer.startSpan(
        `GET /api/${index}`,
        {
          kind: SpanKind.CLIENT,
          attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200 + index, ok: true, ratio: 0.25 },
        },
        parent,
      );
      child.end();
    }
    root.end();
  },
  () => {
    const span = tracer.startSpan('fails');
    span.recordException(new TypeError('Cannot read properties of undefined (reading "token") for a@b.example'));
    span.addEvent('retry', { count: 3, hosts: ['a', 'b'], deep: 'x'.repeat(200) });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    span.end();
  },
  () => {
    const first = tracer.startSpan('first');
    const span = tracer.startSpan('linked', { links: [{ context: first.spanContext(), attributes: { why: 'batch', n: 1 } }] });
    span.setAttributes({ text: 'é🛒 日本語 \u0000\u2028"\\', list: [1, 2, 3], words: ['a', 'b'], big: 2 ** 53, small: -1.5e-9, empty: '' });
    span.end();
    first.end();
  },
  () => {
    const span = tracer.startSpan('long', { attributes: { sql: 'SELECT * FROM users WHERE id = ? '.repeat(60) } });
    for (let index = 0; index < 60; index++) span.setAttribute(`key.${index}`, `value ${index}`);
    span.end();
  },
  () => {
    for (let index = 0; index < 60; index++) tracer.startSpan(`many ${index}`, { attributes: { index } }).end();
  },
];
for (const shape of shapes) {
  shape();
  await tracing.forceFlush();
}
await tracing.shutdown();
writeFileSync(join(import.meta.dirname, 'recorded.json'), `${JSON.stringify(bodies, null, 2)}\n`);
console.log(`${bodies.length} bodies`);
