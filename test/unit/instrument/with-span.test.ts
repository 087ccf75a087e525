import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackContextManager } from '../../../src/context/stack.ts';
import { recordException, withSpan } from '../../../src/instrument/with-span.ts';
import { type TestTracing, testTracing } from '../trace/tracing.ts';

let tracing: TestTracing;
beforeEach(() => {
  tracing = testTracing();
  trace.setGlobalTracerProvider(tracing.provider);
  context.setGlobalContextManager(new StackContextManager());
});
afterEach(() => {
  trace.disable();
  context.disable();
});

test('withSpan ends its span when the function returns or its promise settles, and gives back the result', async () => {
  expect(withSpan('sync', (span) => trace.getActiveSpan() === span)).toBe(true);
  const promise = withSpan('async', { attributes: { a: 1 } }, async () => {
    await null;
    return 7;
  });
  expect(tracing.ended.map((span) => span.name)).toEqual(['sync']);
  expect(await promise).toBe(7);
  expect(tracing.ended[1]).toMatchObject({ name: 'async', attributes: { a: 1 }, status: SpanStatusCode.UNSET });
});

test('an exception that leaves withSpan is recorded once, sets ERROR and is thrown on unchanged', async () => {
  const error = new RangeError('boom');
  expect(() =>
    withSpan('sync', () => {
      throw error;
    }),
  ).toThrow(error);
  await expect(withSpan('async', () => Promise.reject(error))).rejects.toBe(error);
  for (const span of tracing.ended) {
    expect(span.status).toBe(SpanStatusCode.ERROR);
    expect(span.exception).toMatchObject({ type: 'RangeError', message: 'boom' });
    expect(span.events?.map((event) => event.name)).toEqual(['exception']);
  }
});

test('a status that the application set stays', () => {
  for (const status of [{ code: SpanStatusCode.OK }, { code: SpanStatusCode.ERROR, message: 'mine' }]) {
    expect(() =>
      withSpan('s', (span) => {
        span.setStatus(status);
        throw new Error('boom');
      }),
    ).toThrow('boom');
  }
  expect(tracing.ended.map((span) => [span.status, span.statusMessage])).toEqual([
    [SpanStatusCode.OK, undefined],
    [SpanStatusCode.ERROR, 'mine'],
  ]);
});

test('with tracing off withSpan runs the function', () => {
  trace.disable();
  expect(withSpan('s', () => 1)).toBe(1);
});

test('recordException takes attributes on any span, and a broken span breaks nothing', () => {
  const span = trace.getTracer('t').startSpan('s');
  recordException(span, new Error('x'), { status: 'failed' });
  span.end();
  expect(tracing.ended[0]?.events?.[0]?.attributes).toMatchObject({ status: 'failed', 'exception.message': 'x' });
  recordException({} as never, new Error('x'));
});
