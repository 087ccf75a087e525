// Request handlers and outgoing `fetch` on hosts that serve: one suite, given how the host serves.
import { trace } from '@opentelemetry/api';
import { type FetchHandler, instrumentServe } from '../../src/instrument/deno/serve.ts';
import { globalFetchInstrumentation } from '../../src/instrument/global-fetch.ts';
import { type ForeignTracing, registerForeignTracing, unregisterForeignTracing } from '../unit/instrument/foreign-tracing.ts';
import type { Cases } from './cases.ts';
import { equal, holds } from './equal.ts';

/** Serves the handler as the host does, over the wire. */
export type ServeHandler = (handler: FetchHandler) => Promise<{ origin: string; close(): Promise<unknown> }>;

interface Lab {
  origin: string;
  tracing: ForeignTracing;
  /** Method, path, body, own header and `traceparent` of what arrived. */
  seen: unknown[][];
}

export function instrumentContract(serve: ServeHandler): Cases {
  const native = globalThis.fetch;
  const run = (check: (lab: Lab) => Promise<void>, handler?: FetchHandler) => async () => {
    const tracing = registerForeignTracing();
    const instrumentation = globalFetchInstrumentation();
    const seen: unknown[][] = [];
    const record = async (request: Request): Promise<Response> => {
      const { method, headers } = request;
      seen.push([method, new URL(request.url).pathname, await request.text(), headers.get('x-own'), headers.get('traceparent')]);
      return new Response('answer', { headers: { 'x-own': 'answer' } });
    };
    const server = await serve(instrumentServe(handler ?? record, () => trace.getTracer('contract')));
    instrumentation.enable();
    try {
      await check({ origin: server.origin, tracing, seen });
    } finally {
      instrumentation.disable();
      unregisterForeignTracing();
      await server.close();
    }
    holds(globalThis.fetch === native, 'the patch is undone');
  };

  return {
    'instrument: the request of a client and its handler are one trace': run(async ({ origin, tracing, seen }) => {
      const response = await fetch(`${origin}/orders/7?secret=1`, { method: 'POST', body: 'sent', headers: { 'x-own': '1' } });
      equal([await response.text(), response.headers.get('x-own')], ['answer', 'answer'], 'the answer');
      const [server, client] = tracing.spans();
      equal([server?.name, server?.kind, client?.name, client?.kind], ['POST /orders/?', 1, 'POST /orders/?', 2], 'names and kinds');
      const { traceId, spanId } = client!.spanContext();
      equal([server!.spanContext().traceId, server!.parentSpanContext?.spanId], [traceId, spanId], 'the parent');
      equal(seen, [['POST', '/orders/7', 'sent', '1', `00-${traceId}-${spanId}-01`]], 'what arrived');
      const named = server!.spanContext();
      equal(response.headers.get('server-timing'), `traceparent;desc="00-${named.traceId}-${named.spanId}-01"`, 'Server-Timing');
    }),

    'instrument: every form of arguments arrives as without us': run(async ({ origin, seen }) => {
      class Init {
        get method(): string {
          return 'DELETE';
        }
        get headers(): Record<string, string> {
          return { 'x-own': 'getter' };
        }
      }
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('streamed'));
          controller.close();
        },
      });
      const request = new Request(`${origin}/request`, { method: 'PUT', body: 'body', headers: { 'x-own': 'request' } });
      const answers = [
        await fetch(request.clone()),
        await fetch(request),
        await fetch(`${origin}/like`, new Request(origin, { method: 'PATCH', body: 'like', headers: { 'x-own': 'like' } })),
        await fetch(new URL(`${origin}/getters`), new Init()),
        await fetch(`${origin}/stream`, { method: 'POST', body, duplex: 'half' } as RequestInit),
      ];
      for (const answer of answers) equal(await answer.text(), 'answer', 'an answer');
      equal(
        seen.map((entry) => entry.slice(0, 4)),
        [
          ['PUT', '/request', 'body', 'request'],
          ['PUT', '/request', 'body', 'request'],
          ['PATCH', '/like', 'like', 'like'],
          ['DELETE', '/getters', '', 'getter'],
          ['POST', '/stream', 'streamed', null],
        ],
        'what arrived',
      );
      holds(
        seen.every((entry) => typeof entry[4] === 'string'),
        'every request names its span',
      );
      holds(!request.headers.has('traceparent'), 'the caller’s Request stays as it was');
    }),

    // Deno makes no request for a handler that takes no parameter.
    'instrument: a handler without parameters': run(
      async ({ origin, tracing }) => {
        equal((await fetch(`${origin}/none`)).status, 204, 'status');
        equal(
          tracing.spans().map(({ name }) => name),
          ['GET /none', 'GET /none'],
          'spans',
        );
      },
      () => new Response(null, { status: 204 }),
    ),

    'instrument: redirects and other immutable answers': run(
      async ({ origin }) => {
        const response = await fetch(`${origin}/redirect`, { redirect: 'manual' });
        equal([response.status, response.headers.get('location')], [307, 'https://shop.example/'], 'the redirect');
        holds(response.headers.get('server-timing') !== null, 'it names its span');
        await response.body?.cancel();
      },
      () => Response.redirect('https://shop.example/', 307),
    ),

    'instrument: a refused and an aborted request reject with the host’s own error': run(async ({ origin, tracing }) => {
      const rejection = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => 'none',
          (error: Error) => error.name,
        );
      equal(await rejection(fetch('http://127.0.0.1:1/')), 'TypeError', 'refused');
      equal(await rejection(fetch(origin, { signal: AbortSignal.abort() })), 'AbortError', 'aborted');
      equal(
        tracing.spans().map(({ status, attributes }) => [status.code, attributes['error.type']]),
        [
          [2, 'TypeError'],
          [0, 'AbortError'],
        ],
        'spans',
      );
    }),
  };
}
