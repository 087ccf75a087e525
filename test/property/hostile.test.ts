// After set-up nothing an application hands over throws, and what comes out stays a payload that the reader takes.
import type { Span } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { createTracerProvider, type Exporter } from 'edgespan';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTraces, isRefusal } from '../../src/datadog/decode.ts';

function cyclic(): object {
  const value: Record<string, unknown> = { list: [] };
  value['self'] = value;
  (value['list'] as unknown[]).push(value);
  return value;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const thrower = (): object => ({
  get a() {
    throw new Error('getter');
  },
  get message() {
    throw new Error('getter');
  },
  toString() {
    throw new Error('toString');
  },
  toJSON() {
    throw new Error('toJSON');
  },
  [Symbol.iterator]() {
    throw new Error('iterator');
  },
  b: 1,
});

const oddities: unknown[] = [
  1n,
  2n ** 70n,
  Symbol('s'),
  () => 1,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  '\ud800',
  'a\udc00b',
  '\u0000',
  '__proto__',
  '',
  'x'.repeat(1_000_000),
  'ä€😀'.repeat(200_000),
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":1}}'),
  Array.from({ length: 100_000 }, (_, index) => index),
  Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index])),
  new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('ownKeys');
      },
    },
  ),
  new Date(Number.NaN),
  new AggregateError([new Error('a'), 'b', null], 'many'),
];

/** In boxes, as the library that makes them would trip over some of them itself. */
const values: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true })
    .map((value) => () => value),
  fc.constantFrom<() => unknown>(cyclic, revoked, thrower, ...oddities.map((value) => () => value)),
);

type Call = (span: Span, first: never, second: never, third: never) => unknown;

const calls: Call[] = [
  (span, first, second) => span.setAttribute(first, second),
  (span, first) => span.setAttributes(first),
  (span, first, second, third) => span.addEvent(first, second, third),
  (span, first, second) => span.addLink({ context: first, attributes: second }),
  (span, first) => span.addLink(first),
  (span, first) => span.addLinks(first),
  (span, first) => span.setStatus(first),
  (span, first, second) => span.setStatus({ code: first, message: second }),
  (span, first) => span.updateName(first),
  (span, first, second) => span.recordException(first, second),
  (span, first, second, third) => (span.recordException as (...args: unknown[]) => void)(first, second, third),
];

test('1,000 hostile calls throw nothing and leave a payload that the reader takes', async () => {
  const payloads: Uint8Array[] = [];
  const exporter: Exporter = {
    kind: 'intake',
    target: 'test',
    sendsUnsampled: false,
    open: () => ({
      isCompressed: false,
      async send({ payload }) {
        payloads.push(payload);
        return { kind: 'delivered' };
      },
    }),
  };
  const provider = createTracerProvider({ service: 'hostile', runtime: 'node', exporter });
  const call = fc.tuple(fc.constantFrom(...calls), values, values, values);
  await fc.assert(
    fc.asyncProperty(
      values,
      values,
      values,
      fc.array(call, { minLength: 5, maxLength: 15 }),
      async (makeName, makeOptions, makeTime, list) => {
        const [name, options, time] = [makeName(), makeOptions(), makeTime()];
        payloads.length = 0;
        const tracer = provider.getTracer(name as never, options as never, time as never);
        const hostile = tracer.startSpan(name as never, options as never);
        const span = tracer.startSpan(name as never, { attributes: options, links: options, startTime: time, kind: options } as never);
        for (const [run, first, second, third] of list) run(span, first() as never, second() as never, third() as never);
        expect(trace.isSpanContextValid(span.spanContext())).toBe(true);
        hostile.end(time as never);
        span.end(time as never);
        await provider.forceFlush();
        for (const payload of payloads) {
          const chunks = decodeTraces(payload as Uint8Array<ArrayBuffer>);
          expect(isRefusal(chunks) ? chunks : undefined).toBeUndefined();
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      },
    ),
    { numRuns: 100 },
  );
  const { started, delivered, dropped } = provider.stats();
  expect(started).toBe(200);
  expect(delivered + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(200);
  await provider.shutdown();
}, 60_000);
