import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { instrumentServe } from '../../../src/instrument/deno/serve.ts';
import type { ServerOptions } from '../../../src/instrument/server.ts';
import { type ForeignTracing, registerForeignTracing, unregisterForeignTracing } from './foreign-tracing.ts';

let tracing: ForeignTracing;
const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${parent.traceId}-${parent.spanId}-01`;
const tracer = () => trace.getTracer('test');

beforeAll(() => {
  tracing = registerForeignTracing();
});
afterAll(unregisterForeignTracing);
beforeEach(() => tracing.reset());

function instrument(handler: (request: Request, info?: unknown) => Response | Promise<Response>, options?: ServerOptions): typeof handler {
  return instrumentServe(handler, tracer, options);
}

function requestTo(path: string, init?: RequestInit): Request {
  return new Request(`https://shop.example:8443${path}`, init);
}

test('a request has one SERVER span with the stable names, below the remote parent, active in the handler', async () => {
  let active: unknown;
  const handler = instrument(async (_, info) => {
    await Promise.resolve();
    active = trace.getSpan(context.active())?.spanContext().spanId;
    return Response.json(info, { status: 201 });
  });
  const response = await handler(
    requestTo('/v1/orders/42/items?token=secret', { method: 'POST', headers: { traceparent, 'user-agent': 'agent/1' } }),
    { info: 1 },
  );
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({ info: 1 });
  const [span] = tracing.spans();
  const { spanId } = span!.spanContext();
  expect(active).toBe(spanId);
  expect(span).toMatchObject({
    name: 'POST /v1/orders/?/items',
    kind: SpanKind.SERVER,
    status: { code: SpanStatusCode.UNSET },
    parentSpanContext: { ...parent, isRemote: true },
    attributes: {
      'http.request.method': 'POST',
      'url.full': 'https://shop.example:8443/v1/orders/42/items',
      'url.path': '/v1/orders/42/items',
      'url.scheme': 'https',
      'server.address': 'shop.example',
      'server.port': 8443,
      'user_agent.original': 'agent/1',
      'http.response.status_code': 201,
    },
  });
  expect(JSON.stringify(span!.attributes)).not.toContain('secret');
  expect(response.headers.get('server-timing')).toBe(`traceparent;desc="00-${parent.traceId}-${spanId}-01"`);
});

test('the response is the handler’s own object, and a synchronous handler stays synchronous', () => {
  const own = new Response('body', { headers: { 'server-timing': 'db;dur=5' } });
  const response = instrument(() => own)(requestTo('/'));
  expect(response).toBe(own);
  expect(own.headers.get('server-timing')).toMatch(/^db;dur=5, traceparent;desc="00-/);
});

test('immutable headers: a new head on the same body', async () => {
  const redirect = Response.redirect('https://shop.example/other', 307);
  const response = await instrument(() => redirect)(requestTo('/'));
  expect([response.status, response.headers.get('location')]).toEqual([307, 'https://shop.example/other']);
  expect(response.headers.get('server-timing')).toMatch(/^traceparent/);
});

test('one object that answers many requests names each request’s span once', async () => {
  const notFound = new Response(null, { status: 404, headers: { 'server-timing': 'cache;desc="a, b"' } });
  const handler = instrument(() => notFound);
  const timings: (string | null)[] = [];
  for (let count = 0; count < 3; count++) timings.push((await handler(requestTo('/'))).headers.get('server-timing'));
  expect(timings).toEqual(
    tracing.spans().map((span) => `cache;desc="a, b", traceparent;desc="00-${span.spanContext().traceId}-${span.spanContext().spanId}-01"`),
  );
  expect(tracing.spans()).toMatchObject(Array(3).fill({ status: { code: SpanStatusCode.UNSET } }));
});

test('the body streams on after the span has ended', async () => {
  let finish = (): void => {};
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('first '));
      finish = () => {
        controller.enqueue(new TextEncoder().encode('second'));
        controller.close();
      };
    },
  });
  const response = await instrument(() => new Response(body))(requestTo('/'));
  expect(response.body).toBe(body);
  expect(tracing.spans()).toHaveLength(1);
  finish();
  expect(await response.text()).toBe('first second');
});

test('500 is an error, an exception is recorded once and goes on unchanged', async () => {
  await instrument(() => new Response('', { status: 503 }))(requestTo('/down'));
  const thrown = new RangeError('boom');
  expect(() =>
    instrument(() => {
      throw thrown;
    })(requestTo('/sync')),
  ).toThrow(thrown);
  await expect(instrument(() => Promise.reject(thrown))(requestTo('/async'))).rejects.toBe(thrown);
  const reason = undefined;
  await expect(instrument(() => Promise.reject(reason))(requestTo('/undefined'))).rejects.toBe(undefined);
  const failed = (name: string): object => ({
    name,
    status: { code: SpanStatusCode.ERROR, message: 'boom' },
    attributes: { 'error.type': 'RangeError' },
    events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'boom' } }],
  });
  expect(tracing.spans()).toMatchObject([
    {
      name: 'GET /down',
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': '503', 'http.response.status_code': 503 },
      events: [],
    },
    failed('GET /sync'),
    failed('GET /async'),
    { name: 'GET /undefined', status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'undefined' } },
  ]);
});

test('a method nobody knows stays out of the name', async () => {
  await instrument(() => new Response())(requestTo('/', { method: 'X4711' }));
  await instrument(() => new Response())(requestTo('/', { method: 'patch' }));
  expect(tracing.spans()).toMatchObject([
    { name: 'HTTP /', attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'X4711' } },
    { name: 'PATCH /', attributes: { 'http.request.method': 'PATCH', 'http.request.method_original': 'patch' } },
  ]);
});

test('a WebSocket’s 101, a network error and no response at all pass untouched', async () => {
  const upgrade = Object.assign(Object.create(Response.prototype) as Response, {});
  Object.defineProperty(upgrade, 'status', { value: 101 });
  const failed = Response.error();
  for (const answer of [upgrade, failed, undefined as unknown as Response]) {
    expect(await instrument(() => answer)(requestTo('/'))).toBe(answer);
  }
  expect(tracing.spans()).toHaveLength(3);
  expect(failed.headers.get('server-timing')).toBe(null);
});

test('options: ignored paths, names, hooks, query, no Server-Timing', async () => {
  const handler = instrument(() => new Response(), {
    ignoreUrls: ['/health'],
    resourceName: ({ method, url }) => `${method} ${url.host}`,
    urlQuery: true,
    serverTiming: false,
    requestHook: (span, request) => span.setAttribute('hook', request.url.length),
    responseHook: (span, response) => span.setAttribute('answered', response.status),
  });
  expect((await handler(requestTo('/health/live', { headers: { traceparent } }))).status).toBe(200);
  const response = await handler(requestTo('/a?b=1'));
  expect(response.headers.has('server-timing')).toBe(false);
  expect(tracing.spans()).toMatchObject([
    {
      name: 'GET shop.example:8443',
      attributes: { 'url.query': 'b=1', 'url.full': 'https://shop.example:8443/a?b=1', hook: 31, answered: 200 },
    },
  ]);
});

test('nothing of ours reaches the handler: broken propagators, tracers and hooks', async () => {
  const broken = (): never => {
    throw new Error('ours');
  };
  propagation.disable();
  propagation.setGlobalPropagator({ inject: broken, extract: broken, fields: () => [] });
  expect((await instrument(() => new Response('1'))(requestTo('/'))).status).toBe(200);
  propagation.disable();
  expect(instrumentServe((request: Request) => new Response(request.url), broken)(requestTo('/')).status).toBe(200);
  expect((await instrument(() => new Response('3'), { requestHook: broken, responseHook: broken })(requestTo('/'))).status).toBe(200);
  expect(tracing.spans()).toHaveLength(1);
});

test('server objects: plain, of a class with private fields, exchanged later', async () => {
  const plain = instrumentServe({ port: 1, fetch: (request: Request) => new Response(new URL(request.url).pathname) }, tracer);
  expect(plain.port).toBe(1);
  expect(await plain.fetch(requestTo('/plain')).text()).toBe('/plain');
  class Server {
    #text = 'private';
    get text(): string {
      return this.#text;
    }
    fetch(_request: Request): Response {
      return new Response(this.#text);
    }
  }
  const server = new Server();
  const instrumented = instrumentServe(server, tracer);
  expect(instrumented).toBeInstanceOf(Server);
  expect(await instrumented.fetch(requestTo('/class')).text()).toBe('private');
  server.fetch = () => new Response('exchanged');
  expect(await instrumented.fetch(requestTo('/exchanged')).text()).toBe('exchanged');
  expect(tracing.spans().map((span) => span.name)).toEqual(['GET /plain', 'GET /class', 'GET /exchanged']);
});
