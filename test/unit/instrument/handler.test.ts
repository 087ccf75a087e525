import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Invocation, instrumentHandler } from '../../../src/instrument/workers/handler.ts';
import { type ForeignTracing, registerForeignTracing, unregisterForeignTracing } from './foreign-tracing.ts';

let tracing: ForeignTracing;
const env = { name: 'env' };
const executionContext = { waitUntil(): void {} };

beforeAll(() => {
  tracing = registerForeignTracing();
});
afterAll(unregisterForeignTracing);
beforeEach(() => tracing.reset());

function begin(ends: string[] = []): () => Invocation {
  return () => ({
    tracer: trace.getTracer('test'),
    context: ROOT_CONTEXT,
    onEnd: () => ends.push(`after ${tracing.spans().length} spans`),
  });
}

test('onEnd comes once, after the span has ended, also where nothing is traced or the handler throws', async () => {
  const ends: string[] = [];
  const handler = instrumentHandler(
    {
      async fetch(request: Request): Promise<Response> {
        if (request.url.endsWith('throw')) throw new Error('boom');
        return new Response();
      },
    },
    begin(ends),
    { ignoreUrls: [/ignored/] },
  );
  const call = (path: string): Promise<unknown> =>
    Reflect.apply(handler.fetch, handler, [new Request(`https://shop.example/${path}`), env, executionContext]) as Promise<unknown>;
  await call('');
  await call('ignored');
  await expect(call('throw')).rejects.toThrow('boom');
  expect(ends).toEqual(['after 1 spans', 'after 1 spans', 'after 2 spans']);
});

test('an invocation that cannot begin, or wants no tracing, runs as it is', async () => {
  const given: unknown[] = [];
  const handler = {
    async scheduled(...args: unknown[]): Promise<void> {
      given.push(...args);
    },
  };
  const broken = (): never => {
    throw new Error('ours');
  };
  await instrumentHandler(handler, broken).scheduled({ cron: 'a' }, env, executionContext);
  await instrumentHandler(handler, () => undefined).scheduled({ cron: 'b' }, env, executionContext);
  expect(given).toEqual([{ cron: 'a' }, env, executionContext, { cron: 'b' }, env, executionContext]);
  expect(tracing.spans()).toEqual([]);
});

test('a queue’s batch links to the spans that its messages name', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const handler = instrumentHandler({ queue: (...args: unknown[]) => args.length }, begin());
  const messages = [{ headers: { traceparent } }, { attributes: { traceparent } }, { headers: { traceparent: 'broken' } }, {}];
  expect(handler.queue({ queue: 'orders', messages }, env, executionContext)).toBe(3);
  const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  expect(tracing.spans()).toMatchObject([{ name: 'process orders', kind: SpanKind.CONSUMER, links: [{ context }, { context }] }]);
  expect(tracing.spans()[0]!.parentSpanContext).toBeUndefined();
});

test('other handlers and members stay, on an object with private fields too', () => {
  class Handler {
    readonly #secret = 'kept';
    readonly limits = { cpu: 10 };
    fetch(): Response {
      return new Response(this.#secret);
    }
    email(...args: unknown[]): string {
      return `${this.#secret} ${args.length}`;
    }
  }
  const handler = instrumentHandler(new Handler(), begin());
  expect(handler).toBeInstanceOf(Handler);
  expect([handler.email('a', 'b', 'c'), handler.limits, 'queue' in handler]).toEqual(['kept 3', { cpu: 10 }, false]);
});
