import { fileURLToPath } from 'node:url';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

interface Report {
  spans: { name: string; spanId: string; traceId: string; parentId?: string; attributes: Record<string, unknown> }[];
  endCount: number;
  waitedCount: number;
  active: boolean;
}

let miniflare: Miniflare;
/** Opens when the first piece of a streamed body is here; late enough, it opens by itself, and says so. */
let gate = Promise.withResolvers<string>();
const lateMillis = 20_000;
let upstream: { path: string; method: string; body: string; traceparent: string | null; own: string | null }[] = [];

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('instrument/worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['node:async_hooks'],
  });
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]!.text,
      compatibilityDate: '2026-07-01',
      compatibilityFlags: ['nodejs_als'],
      cf: false,
      bindings: { name: 'world' },
      outboundService: async (request) => {
        const { pathname } = new URL(request.url);
        const { headers, method } = request;
        if (pathname === '/gate') return new Response(await gate.promise) as never;
        upstream.push({
          path: pathname,
          method,
          body: await request.text(),
          traceparent: headers.get('traceparent'),
          own: headers.get('x-own'),
        });
        return new Response(`from ${pathname}`, { status: pathname === '/b' ? 418 : 200, headers: { 'x-from': 'upstream' } }) as never;
      },
    }),
  );
  await miniflare.ready;
});

afterAll(() => miniflare?.dispose());
beforeEach(() => {
  upstream = [];
});

async function report(): Promise<Report> {
  return (await (await miniflare.dispatchFetch('http://shop.example/spans')).json()) as Report;
}

test('fetch: a SERVER span below the remote parent, named in Server-Timing; private fields and waitUntil work', async () => {
  const response = await miniflare.dispatchFetch('http://shop.example/hello/7?token=secret', {
    headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'cf-ray': '8e9f', 'user-agent': 'agent/1' },
  });
  expect(await response.text()).toBe('hello world');
  const { spans, endCount, waitedCount, active } = await report();
  expect(spans).toMatchObject([
    {
      name: 'GET /hello/?',
      kind: SpanKind.SERVER,
      parentId: 'b7ad6b7169203331',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'url.path': '/hello/7',
        'cloudflare.ray_id': '8e9f',
        'user_agent.original': 'agent/1',
      },
    },
  ]);
  expect(JSON.stringify(spans)).not.toContain('secret');
  expect(response.headers.get('server-timing')).toBe(`traceparent;desc="00-0af7651916cd43dd8448eb211c80319c-${spans[0]!.spanId}-01"`);
  expect({ endCount, waitedCount, active }).toEqual({ endCount: 1, waitedCount: 1, active: false });
});

test('outgoing fetch: CLIENT spans below the request’s, with headers; immutable requests and answers pass', async () => {
  const proxied = await miniflare.dispatchFetch('http://shop.example/proxy', {
    method: 'POST',
    body: 'payload',
    headers: { 'x-own': '1' },
  });
  expect([await proxied.text(), proxied.headers.get('x-from')]).toEqual(['from /proxy', 'upstream']);
  const elsewhere = await miniflare.dispatchFetch('http://shop.example/elsewhere', {
    method: 'PUT',
    body: 'other',
    headers: { 'x-own': '2' },
  });
  expect(await elsewhere.text()).toBe('from /elsewhere');
  const { spans } = await report();
  expect(spans.map(({ name }) => name)).toEqual(['POST /proxy', 'POST /proxy', 'PUT /elsewhere', 'PUT /elsewhere']);
  for (const [client, server, answer] of [
    [spans[0]!, spans[1]!, proxied],
    [spans[2]!, spans[3]!, elsewhere],
  ] as const) {
    expect(client).toMatchObject({ kind: SpanKind.CLIENT, parentId: server.spanId, traceId: server.traceId });
    expect(answer.headers.get('server-timing')).toContain(server.spanId);
  }
  const header = ({ traceId, spanId }: { traceId: string; spanId: string }): string => `00-${traceId}-${spanId}-01`;
  expect(upstream).toEqual([
    { path: '/proxy', method: 'POST', body: 'payload', traceparent: header(spans[0]!), own: '1' },
    { path: '/elsewhere', method: 'PUT', body: 'other', traceparent: header(spans[2]!), own: '2' },
    // What the report itself fetches stands below no span.
    { path: '/untraced', method: 'GET', body: '', traceparent: null, own: null },
  ]);
});

test('concurrent requests keep their own children', async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => (await miniflare.dispatchFetch('http://shop.example/many')).text()),
  );
  expect(answers).toEqual(Array(10).fill('from /a,from /b'));
  const { spans } = await report();
  const servers = spans.filter(({ name }) => name === 'GET /many');
  expect(servers).toHaveLength(10);
  for (const server of servers) {
    const children = spans.filter(({ parentId }) => parentId === server.spanId);
    expect(children.map(({ name }) => name).sort()).toEqual(['POST /a', 'POST /b']);
    expect(children.find(({ name }) => name === 'POST /b')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': '418' },
      traceId: server.traceId,
    });
  }
});

test('a streamed body arrives as it is written', async () => {
  gate = Promise.withResolvers();
  const late = setTimeout(gate.resolve, lateMillis, 'nobody read the first');
  const response = await miniflare.dispatchFetch('http://shop.example/stream');
  const pieces: string[] = [];
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    pieces.push(new TextDecoder().decode(piece));
    gate.resolve('second');
  }
  clearTimeout(late);
  expect(pieces).toEqual(['first', 'second']);
  expect((await report()).spans).toMatchObject([{ name: 'GET /stream' }, { name: 'GET /gate' }]);
});

test('a WebSocket upgrade works', async () => {
  const response = await miniflare.dispatchFetch('http://shop.example/socket', { headers: { upgrade: 'websocket' } });
  expect(response.status).toBe(101);
  const socket = response.webSocket!;
  const answer = new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)));
  socket.accept();
  socket.send('there and');
  expect(await answer).toBe('there and back');
  socket.close();
  expect((await report()).spans).toMatchObject([{ name: 'GET /socket', attributes: { 'http.response.status_code': 101 } }]);
});

test('an exception leaves the handler unchanged, recorded once', async () => {
  const response = await miniflare.dispatchFetch('http://shop.example/throw');
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('RangeError: boom');
  expect((await report()).spans).toMatchObject([
    {
      name: 'GET /throw',
      status: { code: SpanStatusCode.ERROR, message: 'boom' },
      attributes: { 'error.type': 'RangeError' },
      events: [{ 'exception.type': 'RangeError', 'exception.message': 'boom' }],
    },
  ]);
});

test('scheduled and queue handlers', async () => {
  const worker = await miniflare.getWorker();
  await worker.scheduled({ cron: '*/5 * * * *', scheduledTime: new Date(1_795_000_000_000) });
  const failed = await worker.scheduled({ cron: 'throw' });
  expect(failed.outcome).toBe('exception');
  const result = await worker.queue('orders', [
    { id: '1', timestamp: new Date(), body: 'a', attempts: 1 },
    { id: '2', timestamp: new Date(), body: 'b', attempts: 1 },
  ]);
  expect(result.explicitAcks).toEqual(['1', '2']);
  const { spans } = await report();
  expect(spans).toMatchObject([
    {
      name: 'scheduled */5 * * * *',
      kind: SpanKind.SERVER,
      attributes: { 'faas.trigger': 'timer', 'faas.cron': '*/5 * * * *', 'faas.time': '2026-11-18T11:06:40.000Z' },
    },
    { name: 'scheduled throw', status: { code: SpanStatusCode.ERROR, message: 'cron' } },
    { name: 'GET /from-queue', kind: SpanKind.CLIENT, parentId: spans[3]!.spanId },
    {
      name: 'process orders',
      kind: SpanKind.CONSUMER,
      attributes: { 'messaging.system': 'cloudflare_queues', 'messaging.destination.name': 'orders', 'messaging.batch.message_count': 2 },
    },
  ]);
});
