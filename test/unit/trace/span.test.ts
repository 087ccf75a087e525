import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { defaultSpanLimits } from '../../../src/trace/limits.ts';
import { testTracing, timeOrigin } from './tracing.ts';

test('a span holds what was set, and nothing after its end', () => {
  const { provider, ended, time } = testTracing();
  const span = provider.getTracer('lib', '1').startSpan('work', { kind: SpanKind.CLIENT, attributes: { a: 1 } });
  time.now = 5;
  span.setAttribute('b', 'x').setAttributes({ c: [true, false], a: 2 });
  span.addEvent('seen', { n: 1 }).addEvent('later', [1_790_000_001, 5]);
  span.updateName('work done');
  expect(span.isRecording()).toBe(true);
  span.end();
  span.setAttribute('late', 1).addEvent('late').updateName('late').setStatus({ code: SpanStatusCode.ERROR });
  span.recordException(new Error('late'));
  span.end();
  expect(span.isRecording()).toBe(false);
  expect(ended).toHaveLength(1);
  const [data] = ended;
  expect(data).toMatchObject({
    name: 'work done',
    kind: SpanKind.CLIENT,
    status: 0,
    attributes: { a: 2, b: 'x', c: [true, false] },
    scope: { name: 'lib', version: '1' },
    startSeconds: 1_790_000_000,
    startNanos: 0,
    endSeconds: 1_790_000_000,
    endNanos: 5_000_000,
    isLocalRoot: true,
    parentService: undefined,
  });
  expect(data?.events).toEqual([
    { name: 'seen', seconds: 1_790_000_000, nanos: 5_000_000, attributes: { n: 1 }, droppedAttributesCount: 0 },
    { name: 'later', seconds: 1_790_000_001, nanos: 5, attributes: undefined, droppedAttributesCount: 0 },
  ]);
});

test('OK is final, ERROR gives way to it, UNSET changes nothing', () => {
  const { provider, ended } = testTracing();
  const tracer = provider.getTracer('lib');
  const statuses = [
    [SpanStatusCode.ERROR, SpanStatusCode.OK, SpanStatusCode.ERROR],
    [SpanStatusCode.ERROR, SpanStatusCode.UNSET],
    [SpanStatusCode.ERROR, SpanStatusCode.ERROR],
  ];
  for (const codes of statuses) {
    const span = tracer.startSpan('s');
    for (const [index, code] of codes.entries()) span.setStatus({ code, message: `m${index}` });
    span.end();
  }
  expect(ended.map(({ status, statusMessage }) => [status, statusMessage])).toEqual([
    [SpanStatusCode.OK, undefined],
    [SpanStatusCode.ERROR, 'm0'],
    [SpanStatusCode.ERROR, 'm1'],
  ]);
});

test('attributes of an exception win, the last exception counts, a later status is the newer word', () => {
  const { provider, ended } = testTracing();
  const span = provider.getTracer('lib').startSpan('s');
  span.recordException(new TypeError('first'));
  const own = span as unknown as { recordException(exception: unknown, attributes: object, time?: number): void };
  own.recordException({ message: 'second', name: 'Odd' }, { 'exception.message': 'mine', status: 'failed' }, timeOrigin + 3);
  span.end();
  const [data] = ended;
  expect(data?.exception).toEqual({ type: 'Odd', message: 'mine', stack: '' });
  expect(data?.isStatusLater).toBe(false);
  expect(data?.events?.map((event) => event.name)).toEqual(['exception', 'exception']);
  expect(data?.events?.[1]).toMatchObject({
    nanos: 3_000_000,
    attributes: { 'exception.type': 'Odd', 'exception.message': 'mine', status: 'failed' },
  });
});

test('causes and the parts of an AggregateError can be read', () => {
  const { provider, ended } = testTracing();
  const tracer = provider.getTracer('lib');
  const cause: Error & { cause?: unknown } = new Error('why');
  cause.cause = cause;
  for (const exception of [new Error('what', { cause }), new AggregateError([new Error('one'), 'two'], 'many'), 'text', 7]) {
    const span = tracer.startSpan('s');
    span.recordException(exception as Error);
    span.end();
  }
  const [chain, parts, text, number] = ended.map((data) => data.exception);
  expect(chain?.stack.match(/Caused by: /g)?.length).toBe(5);
  expect(chain?.stack).toContain('Caused by: Error: why');
  expect(parts?.stack).toContain('Error 1 of 2: Error: one');
  expect(parts?.stack).toContain('Error 2 of 2: two');
  expect([text?.message, number?.message]).toEqual(['text', '7']);
});

test('what is over a limit is counted', () => {
  const limits = {
    ...defaultSpanLimits,
    attributeCountLimit: 2,
    eventCountLimit: 2,
    linkCountLimit: 1,
    attributePerEventCountLimit: 1,
    attributeValueBytesLimit: 4,
  };
  const { provider, ended } = testTracing({ limits });
  const span = provider.getTracer('lib').startSpan('s', { attributes: { a: 'äöü', b: 1, c: 2 } });
  span.setAttribute('a', 'again');
  for (const name of ['1', '2', '3']) span.addEvent(name, { x: 1, y: 2 });
  const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  span.addLinks([{ context }, { context }]);
  span.end();
  expect(ended[0]).toMatchObject({
    attributes: { a: 'agai', b: 1 },
    droppedAttributesCount: 1,
    droppedEventsCount: 1,
    droppedLinksCount: 1,
  });
  expect(ended[0]?.events?.map((event) => [event.name, event.droppedAttributesCount])).toEqual([
    ['2', 1],
    ['3', 1],
  ]);
});

test('the span context says sampled until the trace is decided, and the outcome afterwards', () => {
  const { provider } = testTracing({ decide: () => ({ priority: 0, mechanism: 1 }) });
  const span = provider.getTracer('lib').startSpan('s');
  const context = span.spanContext();
  expect(context).toEqual({ traceId: '6ab13b80000000000000000000000001', spanId: context.spanId, traceFlags: 1 });
  span.end();
  expect(span.spanContext()).toBe(context);
  expect(context.traceFlags).toBe(0);
});

test('hostile values neither throw nor get out', () => {
  const { provider, ended } = testTracing();
  const cyclic: Record<string, unknown> = { name: 'c' };
  cyclic['self'] = cyclic;
  const thrower = {
    get bad() {
      throw new Error('no');
    },
    good: 1,
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const values = [
    cyclic,
    thrower,
    revoked.proxy,
    1n,
    2n ** 70n,
    Symbol('s'),
    () => 1,
    Number.NaN,
    '\ud800',
    'x'.repeat(1e6),
    null,
    undefined,
  ];
  const span = provider.getTracer(Symbol('t') as never).startSpan({ toString: () => 'named' } as never, thrower as never);
  for (const [index, value] of values.entries()) {
    span.setAttribute(`k${index}`, value as never);
    span.setAttributes(value as never);
    span.addEvent(value as never, value as never, value as never);
    span.addLink(value as never);
    span.addLinks(value as never);
    span.recordException(value as never, value as never);
    span.setStatus(value as never);
    span.updateName(value as never);
  }
  span.setAttributes(JSON.parse('{"__proto__":{"polluted":1}}'));
  span.end({} as never);
  expect(ended).toHaveLength(1);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  const { attributes } = ended[0] as (typeof ended)[0];
  expect(attributes).toMatchObject({ k3: 1, k4: '1180591620717411303424', k0: expect.stringContaining('"name":"c"') });
  expect(JSON.stringify(attributes).length).toBeLessThan(80_000);
});
