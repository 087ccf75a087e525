import { context, INVALID_SPANID, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackContextManager } from '../../../src/context/stack.ts';
import { LocalTrace, localTraceKey, localTraceOf } from '../../../src/trace/local-trace.ts';
import type { Sampler } from '../../../src/trace/sampler.ts';
import { tracingKey } from '../../../src/trace/tracer-provider.ts';
import { testTracing } from './tracing.ts';

beforeEach(() => {
  context.setGlobalContextManager(new StackContextManager());
});
afterEach(() => {
  context.disable();
  propagation.disable();
});

test('a child descends from the active span, a root does not, and a parent of another service is known', () => {
  const { provider, ended } = testTracing();
  const tracer = provider.getTracer('lib');
  tracer.startActiveSpan('parent', (parent) => {
    parent.setAttribute('service.name', 'other');
    const child = tracer.startSpan('child');
    tracer.startSpan('root', { root: true }).end();
    child.end();
    parent.end();
  });
  const [root, child, parent] = ended;
  expect(root?.trace).not.toBe(parent?.trace);
  expect(child?.trace).toBe(parent?.trace);
  expect([child?.parentHigh, child?.parentLow]).toEqual([parent?.idHigh, parent?.idLow]);
  expect([root?.isLocalRoot, child?.isLocalRoot, parent?.isLocalRoot]).toEqual([true, false, true]);
  expect([root?.parentService, child?.parentService]).toEqual([undefined, 'other']);
});

test('every overload of startActiveSpan runs its function in the span and returns its result', () => {
  const { provider, started } = testTracing();
  const tracer = provider.getTracer('lib');
  const base = ROOT_CONTEXT.setValue(Symbol.for('test'), 1);
  const active = () => trace.getActiveSpan();
  expect(tracer.startActiveSpan('1', (span) => active() === span)).toBe(true);
  expect(tracer.startActiveSpan('2', { kind: SpanKind.SERVER }, (span) => active() === span)).toBe(true);
  expect(tracer.startActiveSpan('3', {}, base, () => context.active().getValue(Symbol.for('test')))).toBe(1);
  expect(active()).toBeUndefined();
  expect(() =>
    tracer.startActiveSpan('4', () => {
      throw new Error('mine');
    }),
  ).toThrow('mine');
  expect(started).toHaveLength(4);
});

test('a remote parent gives trace, parent and priority', () => {
  const { provider, ended } = testTracing({ decide: () => ({ priority: 2, mechanism: 3 }) });
  const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7', traceFlags: 2, isRemote: true };
  const span = provider.getTracer('lib').startSpan('s', {}, trace.setSpanContext(ROOT_CONTEXT, remote));
  span.end();
  const [data] = ended;
  expect(span.spanContext()).toMatchObject({ traceId: remote.traceId, traceFlags: 2 });
  expect(data).toMatchObject({ parentHigh: 0x00f067aa, parentLow: 0x0ba902b7, isLocalRoot: true });
  expect(data?.trace).toMatchObject({ priority: 0, isInherited: true, idHigh: '0af7651916cd43dd' });
});

test('a record made by extract is used as it is, and decided here where it came undecided', () => {
  const { provider } = testTracing({ decide: () => ({ priority: 2, mechanism: 3 }) });
  const record = new LocalTrace('0af7651916cd43dd', 1, 2);
  const remote = { traceId: '0af7651916cd43dd0000000100000002', spanId: '00f067aa0ba902b7', traceFlags: 1, isRemote: true };
  Object.defineProperty(remote, localTraceKey(), { value: record });
  const span = provider.getTracer('lib').startSpan('s', {}, trace.setSpanContext(ROOT_CONTEXT, remote));
  expect(localTraceOf(span.spanContext())).toBe(record);
  span.end();
  expect(record.priority).toBe(2);
});

test('an invalid parent is none', () => {
  const { provider, ended } = testTracing();
  const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId: 'x', spanId: INVALID_SPANID, traceFlags: 1 });
  provider.getTracer('lib').startSpan('s', {}, parent).end();
  expect(ended[0]).toMatchObject({ parentHigh: 0, parentLow: 0, isLocalRoot: true });
});

test('in a suppressed context, and with tracing off, there is only a no-op', () => {
  const { provider, started } = testTracing();
  const tracer = provider.getTracer('lib');
  const suppressed = ROOT_CONTEXT.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
  expect(tracer.startSpan('s', {}, suppressed).isRecording()).toBe(false);
  provider.tracing = undefined;
  expect(tracer.startSpan('s').isRecording()).toBe(false);
  expect(started).toHaveLength(0);
});

test('a record in the context is used where the provider has none, and spans below belong to it', () => {
  const { provider } = testTracing();
  const one = testTracing({ resource: { service: 'one', env: '', version: '', tags: {} } });
  const record = one.provider.tracing;
  provider.tracing = undefined;
  const tracer = provider.getTracer('lib');
  context.with(ROOT_CONTEXT.setValue(tracingKey(), record), () =>
    tracer.startActiveSpan('a', (span) => {
      tracer.startSpan('b').end();
      span.end();
    }),
  );
  expect(one.ended.map((span) => [span.name, span.resource.service])).toEqual([
    ['b', 'one'],
    ['a', 'one'],
  ]);
});

test('a sampler decides at start: NOT_RECORD is a no-op, RECORD has priority 0, its attributes are set', () => {
  const decisions: Record<string, 0 | 1 | 2> = { off: 0, record: 1, on: 2 };
  const sampler: Sampler = {
    shouldSample: (_context, _traceId, name) => ({ decision: decisions[name] ?? 2, attributes: { by: 'sampler' } }),
  };
  const { provider, ended } = testTracing({ sampler });
  const tracer = provider.getTracer('lib');
  const off = tracer.startSpan('off');
  expect(off.isRecording()).toBe(false);
  expect(off.spanContext().traceFlags).toBe(0);
  expect(tracer.startSpan('off', {}, trace.setSpan(ROOT_CONTEXT, off))).toBe(off);
  for (const name of ['off', 'record', 'on']) tracer.startSpan(name).end();
  expect(ended.map((span) => [span.name, span.trace.priority, span.attributes['by']])).toEqual([
    ['record', 0, 'sampler'],
    ['on', 1, 'sampler'],
  ]);
});

test('a sampler or processor that throws does not reach the application', () => {
  const broken = () => {
    throw new Error('broken');
  };
  const { provider } = testTracing({ sampler: { shouldSample: broken }, processor: { onStart: broken, onEnd: broken } });
  const span = provider.getTracer('lib').startSpan('s');
  expect(span.isRecording()).toBe(true);
  span.end();
});

test('a trace keeps its clock when the wall is set, a new one takes the new', () => {
  const { provider, ended, time } = testTracing();
  const tracer = provider.getTracer('lib');
  const old = tracer.startSpan('old');
  time.wall += 3_600_000;
  time.now = 10;
  tracer.startSpan('new').end();
  old.end();
  expect(ended.map((span) => [span.startSeconds, span.endSeconds, span.endNanos])).toEqual([
    [1_790_003_600, 1_790_003_600, 10_000_000],
    [1_790_000_000, 1_790_000_000, 10_000_000],
  ]);
});

test('an ended span holds no parent', () => {
  const { provider, ended } = testTracing();
  const tracer = provider.getTracer('lib');
  let active = ROOT_CONTEXT;
  for (let index = 0; index < 3; index++) {
    const span = tracer.startSpan(`${index}`, {}, active);
    active = trace.setSpan(ROOT_CONTEXT, span);
    span.end();
  }
  for (const span of ended) expect(Object.values(span).filter((value) => ended.includes(value as never))).toEqual([]);
});
