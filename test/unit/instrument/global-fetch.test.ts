import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, createContextKey, type DiagLogger, diag, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { globalFetchInstrumentation } from '../../../src/instrument/global-fetch.ts';
import type { Instrumentation } from '../../../src/instrument/instrumentation.ts';
import { type ForeignTracing, registerForeignTracing, unregisterForeignTracing } from './foreign-tracing.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let origin: string;
let answer: Answer;
let tracing: ForeignTracing;
let instrumentation: Instrumentation | undefined;
let seen: { method: string; headers: IncomingMessage['headers']; body: string }[];
const native = globalThis.fetch;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ method: request.method!, headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tracing = registerForeignTracing();
});

afterAll(() => {
  unregisterForeignTracing();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  seen = [];
  answer = (_, response) => response.end('ok');
  tracing.reset();
});

afterEach(() => {
  instrumentation?.disable();
  expect(globalThis.fetch).toBe(native);
});

function enable(options: Parameters<typeof globalFetchInstrumentation>[0] = {}): void {
  instrumentation = globalFetchInstrumentation(options);
  instrumentation.setTracerProvider(tracing.provider);
  instrumentation.enable();
}

test('a request has one CLIENT span with the stable names, below the active span, and its headers name it', async () => {
  enable();
  const parent = trace.getTracer('test').startSpan('parent');
  const response = await context.with(trace.setSpan(context.active(), parent), () =>
    fetch(`${origin.replace('//', '//user:secret@')}/v2/users/4711/orders?token=secret#part`, { method: 'post', body: 'b' }).catch(() =>
      // undici refuses user names in URLs; the span of that is looked at below.
      fetch(`${origin}/v2/users/4711/orders?token=secret#part`, { method: 'post', body: 'b' }),
    ),
  );
  expect(await response.text()).toBe('ok');
  const [refused, span] = tracing.spans();
  expect(JSON.stringify([refused!.attributes, span!.attributes])).not.toContain('secret');
  expect(span).toMatchObject({
    name: 'POST /v2/users/?/orders',
    kind: SpanKind.CLIENT,
    status: { code: SpanStatusCode.UNSET },
    parentSpanContext: { spanId: parent.spanContext().spanId },
    attributes: {
      'http.request.method': 'POST',
      'url.full': `${origin}/v2/users/4711/orders`,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(origin).port),
      'http.response.status_code': 200,
    },
  });
  const { traceId, spanId } = span!.spanContext();
  expect(seen).toMatchObject([{ method: 'POST', body: 'b', headers: { traceparent: `00-${traceId}-${spanId}-01` } }]);
});

test('404 is an error of the client, with error.type', async () => {
  enable();
  answer = (_, response) => response.writeHead(404).end();
  await fetch(origin);
  expect(tracing.spans()).toMatchObject([
    {
      name: 'GET /',
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': '404', 'http.response.status_code': 404 },
      events: [],
    },
  ]);
});

test('a refused connection is recorded and rejects with what the host gave', async () => {
  enable();
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const error = await fetch(`http://127.0.0.1:${port}/`).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(TypeError);
  expect(tracing.spans()).toMatchObject([
    {
      status: { code: SpanStatusCode.ERROR, message: 'fetch failed' },
      attributes: { 'error.type': 'TypeError' },
      events: [{ name: 'exception' }],
    },
  ]);
});

test('what the application aborts is no error', async () => {
  enable();
  answer = () => {};
  const abort = new AbortController();
  const pending = fetch(origin, { signal: abort.signal });
  setTimeout(() => abort.abort(), 30);
  await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  expect(tracing.spans()).toMatchObject([
    { status: { code: SpanStatusCode.UNSET }, attributes: { 'error.type': 'AbortError' }, events: [] },
  ]);
});

test('a time-out is an error', async () => {
  enable();
  answer = () => {};
  await expect(fetch(origin, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(tracing.spans()).toMatchObject([{ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'TimeoutError' } }]);
});

test('the span ends at the headers, the body streams on', async () => {
  enable();
  let finish = (): void => {};
  answer = (_, response) => {
    response.write('first ');
    finish = () => response.end('second');
  };
  const response = await fetch(origin);
  expect(tracing.spans()).toHaveLength(1);
  finish();
  expect(await response.text()).toBe('first second');
});

test('a Request keeps body, headers and referrer policy, and can be used again', async () => {
  enable();
  const request = new Request(`${origin}/r`, {
    method: 'PUT',
    headers: { 'x-own': '1' },
    body: 'payload',
    referrerPolicy: 'no-referrer',
    keepalive: true,
  });
  await fetch(request.clone());
  await fetch(request);
  expect(request.headers.has('traceparent')).toBe(false);
  expect(request.bodyUsed).toBe(true);
  expect(seen).toMatchObject([
    { method: 'PUT', body: 'payload', headers: { 'x-own': '1', traceparent: expect.any(String) } },
    { method: 'PUT', body: 'payload', headers: { 'x-own': '1', traceparent: expect.any(String) } },
  ]);
  expect(seen[0]!.headers['traceparent']).not.toBe(seen[1]!.headers['traceparent']);
});

test('the second argument may be a plain object, a Request, or have getters, and stays as it was', async () => {
  enable();
  const init = { method: 'POST', headers: { 'x-own': 'plain' }, body: 'a' };
  await fetch(origin, init);
  expect(init).toEqual({ method: 'POST', headers: { 'x-own': 'plain' }, body: 'a' });
  await fetch(`${origin}/other`, new Request(origin, { method: 'PATCH', headers: [['x-own', 'request']], body: 'b' }));
  class Init {
    get method(): string {
      return 'DELETE';
    }
    get headers(): Headers {
      return new Headers({ 'x-own': 'getter' });
    }
  }
  await fetch(new URL(origin), new Init());
  expect(seen).toMatchObject([
    { method: 'POST', body: 'a', headers: { 'x-own': 'plain', traceparent: expect.any(String) } },
    { method: 'PATCH', body: 'b', headers: { 'x-own': 'request', traceparent: expect.any(String) } },
    { method: 'DELETE', headers: { 'x-own': 'getter', traceparent: expect.any(String) } },
  ]);
  expect(tracing.spans().map((span) => span.name)).toEqual(['POST /', 'PATCH /other', 'DELETE /']);
});

test('a streamed request body is passed on unread', async () => {
  enable();
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('streamed'));
      controller.close();
    },
  });
  await fetch(origin, { method: 'POST', body, duplex: 'half' } as RequestInit);
  expect(seen).toMatchObject([{ body: 'streamed', headers: { traceparent: expect.any(String) } }]);
});

test('wrong arguments fail as they do without us, without a span', async () => {
  enable();
  const wrong = [[], ['not a url'], [Symbol('url')], [{ toString: () => 'http://' }]] as unknown as Parameters<typeof fetch>[];
  for (const args of wrong) {
    const ours = await fetch(...args).catch((error: unknown) => error);
    const theirs = await native(...args).catch((error: unknown) => error);
    expect(ours).toBeInstanceOf(TypeError);
    expect(String(ours)).toBe(String(theirs));
  }
  expect(tracing.spans()).toEqual([]);
});

test('an unhandled rejection stays one', async () => {
  enable();
  const unhandled: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  void fetch('http://127.0.0.1:1/');
  await expect.poll(() => unhandled).toMatchObject([{ name: 'TypeError' }]);
  process.removeAllListeners('unhandledRejection');
  for (const listener of others) process.on('unhandledRejection', listener);
});

test('the patch looks like the original and gives it away', () => {
  enable();
  expect(fetch).not.toBe(native);
  expect([fetch.name, fetch.length, String(fetch), typeof fetch]).toEqual([native.name, native.length, String(native), 'function']);
  expect((fetch as { __original?: unknown }).__original).toBe(native);
});

test('two of ours make one span, the newest is in charge', async () => {
  enable({ resourceName: () => 'old' });
  const newer = globalFetchInstrumentation({ resourceName: () => 'new' });
  newer.enable();
  await fetch(origin);
  newer.disable();
  await fetch(origin);
  expect(tracing.spans().map((span) => span.name)).toEqual(['new']);
});

test('with a patch of somebody else on top, ours becomes a pass-through and comes back', async () => {
  enable();
  const mine = globalThis.fetch;
  const theirs: typeof fetch = (...args) => mine(...args);
  globalThis.fetch = theirs;
  instrumentation!.disable();
  expect(globalThis.fetch).toBe(theirs);
  await fetch(origin);
  expect(tracing.spans()).toEqual([]);
  globalThis.fetch = native;
});

test('suppressed traffic has no span and no headers', async () => {
  enable();
  const key = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
  await context.with(context.active().setValue(key, true), () => fetch(origin));
  await context.with(context.active().setValue(createContextKey('other'), true), () => fetch(origin));
  expect(tracing.spans()).toHaveLength(1);
  expect(seen.map(({ headers }) => 'traceparent' in headers)).toEqual([false, true]);
});

test('ignored URLs have no span; URLs outside allowedTracingUrls have one, without headers', async () => {
  enable({ ignoreUrls: [/\/health$/g], allowedTracingUrls: [`${origin}/allowed`] });
  await fetch(`${origin}/health`);
  await fetch(`${origin}/health`);
  await fetch(`${origin}/other`);
  await fetch(`${origin}/allowed/1`);
  expect(tracing.spans().map((span) => span.name)).toEqual(['GET /other', 'GET /allowed/?']);
  expect(seen.map(({ headers }) => 'traceparent' in headers)).toEqual([false, false, false, true]);
});

test('requireParent: no span outside of one', async () => {
  enable({ requireParent: true });
  await fetch(origin);
  expect(tracing.spans()).toEqual([]);
  const parent = trace.getTracer('test').startSpan('parent');
  await context.with(trace.setSpan(context.active(), parent), () => fetch(origin));
  expect(tracing.spans()).toMatchObject([{ name: 'GET /', parentSpanContext: { spanId: parent.spanContext().spanId } }]);
});

test('hooks see span, request and response; a hook that throws is reported once and nothing else changes', async () => {
  const warnings: unknown[][] = [];
  const silent = (): void => {};
  const logger: DiagLogger = { warn: (...args) => warnings.push(args), debug: silent, error: silent, info: silent, verbose: silent };
  diag.setLogger(logger);
  enable({
    requestHook(span, { method, url }) {
      span.setAttribute('hook', `${method} ${url.pathname}`);
      throw new Error('hook');
    },
    responseHook: (span, response) => span.updateName(`answered ${response.status}`),
  });
  await fetch(`${origin}/a`);
  await fetch(`${origin}/b`);
  diag.disable();
  expect(warnings).toEqual([['edgespan: requestHook failed', new Error('hook')]]);
  expect(tracing.spans()).toMatchObject([
    { name: 'answered 200', attributes: { hook: 'GET /a' } },
    { name: 'answered 200', attributes: { hook: 'GET /b' } },
  ]);
});

test('the query stays only where asked for', async () => {
  enable({ urlQuery: true });
  await fetch(`${origin}/q?page=2#x`);
  expect(tracing.spans()).toMatchObject([{ name: 'GET /q', attributes: { 'url.full': `${origin}/q?page=2` } }]);
});

test('data: and blob: URLs are none of ours', async () => {
  enable();
  expect(await (await fetch('data:text/plain,secret')).text()).toBe('secret');
  expect(tracing.spans()).toEqual([]);
});
