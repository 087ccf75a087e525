import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { workersFetchInstrumentation } from '../../../src/instrument/workers/fetch.ts';
import { instrumentHandler } from '../../../src/instrument/workers/handler.ts';
import { type ForeignTracing, registerForeignTracing } from '../../unit/instrument/foreign-tracing.ts';

declare const WebSocketPair: new () => { 0: WebSocket; 1: WebSocket & { accept(): void } };

let tracing: ForeignTracing | undefined;
let endCount = 0;
const waited: unknown[] = [];

/** A Worker as users write them, under a provider that is not ours. `/spans` tells what was recorded. */
class Handler {
  readonly #greeting = 'hello';

  async fetch(
    request: Request,
    env: { name: string },
    executionContext: { waitUntil(promise: Promise<unknown>): void },
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case '/hello/7':
        executionContext.waitUntil(Promise.resolve());
        return new Response(`${this.#greeting} ${env.name}`);
      case '/proxy':
        return fetch(request);
      case '/elsewhere':
        return fetch('http://upstream.example/elsewhere', request);
      case '/many': {
        const answers = await Promise.all(
          ['a', 'b'].map((name) => fetch(`http://upstream.example/${name}`, { method: 'POST', body: name })),
        );
        return new Response((await Promise.all(answers.map((answer) => answer.text()))).join());
      }
      case '/stream':
        // A type that Miniflare does not compress, which would gather the pieces.
        return new Response(slowBody(), { headers: { 'content-type': 'text/event-stream' } });
      case '/socket': {
        const pair = new WebSocketPair();
        pair[1].accept();
        pair[1].addEventListener('message', ({ data }) => pair[1].send(`${data} back`));
        return new Response(null, { status: 101, webSocket: pair[0] } as ResponseInit);
      }
      case '/throw':
        throw new RangeError('boom');
      default:
        return new Response('', { status: 404 });
    }
  }

  scheduled(this: unknown, event: { cron: string }): void {
    if (event.cron === 'throw') throw new Error('cron');
  }

  async queue(batch: { messages: { ack(): void }[] }): Promise<void> {
    await fetch('http://upstream.example/from-queue');
    for (const message of batch.messages) message.ack();
  }
}

function slowBody(): ReadableStream {
  const { readable, writable } = new TransformStream();
  void (async () => {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('first'));
    // Answered when the first piece has arrived.
    const gate = await fetch('http://upstream.example/gate');
    await writer.write(new TextEncoder().encode(await gate.text()));
    await writer.close();
  })();
  return readable;
}

workersFetchInstrumentation().enable();
workersFetchInstrumentation().enable();

const instrumented = instrumentHandler(new Handler(), (_, executionContext) => {
  tracing ??= registerForeignTracing();
  return {
    tracer: trace.getTracer('worker'),
    context: ROOT_CONTEXT,
    executionContext: {
      waitUntil: (promise: Promise<unknown>) => {
        waited.push(promise);
        (executionContext as { waitUntil(promise: Promise<unknown>): void }).waitUntil(promise);
      },
    },
    onEnd: () => endCount++,
  };
});

const worker = {
  async fetch(request: Request, env: { name: string }, executionContext: never): Promise<Response> {
    if (new URL(request.url).pathname !== '/spans') return instrumented.fetch(request, env, executionContext);
    // Outside of any span: passes through.
    await (await fetch('http://upstream.example/untraced')).text();
    const spans = tracing!.spans().map((span) => ({
      name: span.name,
      kind: span.kind,
      status: span.status,
      attributes: span.attributes,
      events: span.events.map((event) => event.attributes),
      links: span.links,
      parentId: span.parentSpanContext?.spanId,
      spanId: span.spanContext().spanId,
      traceId: span.spanContext().traceId,
    }));
    tracing!.reset();
    return Response.json({ spans, endCount, waitedCount: waited.length, active: trace.getSpan(context.active()) !== undefined });
  },
  // Called without `this`, as a runtime may.
  scheduled: instrumented.scheduled,
  queue: instrumented.queue,
};

// oxlint-disable-next-line import/no-default-export -- what a Worker is
export default worker;
