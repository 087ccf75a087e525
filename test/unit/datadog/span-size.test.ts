import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyAgentLimits } from '../../../src/datadog/agent-limits.ts';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { encodeTraces } from '../../../src/datadog/encode-traces.ts';
import { printTypedEvents } from '../../../src/datadog/print-typed-events.ts';
import { fitsSpanSize } from '../../../src/datadog/span-size.ts';

const span = (over: Partial<DatadogSpan>): DatadogSpan => ({
  service: 's',
  name: 'n',
  resource: 'r',
  type: '',
  traceHigh: 0,
  traceLow: 1,
  spanHigh: 0,
  spanLow: 1,
  parentHigh: 0,
  parentLow: 0,
  startSeconds: 1,
  startNanos: 0,
  durationSeconds: 0,
  durationNanos: 1,
  error: 0,
  meta: {},
  metrics: {},
  events: undefined,
  links: undefined,
  ...over,
});

/** Whether it is printed, in both forms. */
function isPrinted(one: DatadogSpan): boolean {
  let isWhole = true;
  const onDrop = (): void => {
    isWhole = false;
  };
  encodeTraces([[one]], { onDrop });
  encodeTraces([[one]], { onDrop, printEvents: printTypedEvents });
  return isWhole;
}

test('says yes of what is printed and no of what is not, whatever its texts are', () => {
  const text = (maxLength: number) =>
    fc.tuple(fc.constantFrom('a', 'é', '\u0001', '"', '🛒', '\ud800', '漢'), fc.nat(maxLength)).map(([unit, count]) => unit.repeat(count));
  const given = fc.record({
    meta: fc.dictionary(fc.string({ maxLength: 20 }), text(20_000), { maxKeys: 16 }),
    metrics: fc.dictionary(fc.string({ maxLength: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true }), { maxKeys: 600 }),
    resource: text(4_000),
    metaStruct: fc.dictionary(fc.string({ maxLength: 5 }), fc.constant('AQID'.repeat(5_000)), { maxKeys: 3 }),
  });
  fc.assert(
    fc.property(given, (over) => {
      const one = span(over);
      const fits = fitsSpanSize(one, applyAgentLimits(one));
      expect(fits).toBe(isPrinted(one));
    }),
    { numRuns: 150 },
  );
});

test('what fits by its events as a tag fits typed as well afterwards, the oldest left out', () => {
  const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${index}`, index]));
  const events = Array.from({ length: 128 }, (_, index) => ({ name: `${index}`, seconds: index, nanos: 0, attributes }));
  const one = span({ events });
  expect(isPrinted(one)).toBe(false);
  expect(fitsSpanSize(one, applyAgentLimits(one))).toBe(true);
  expect(isPrinted(one)).toBe(true);
  expect(one.events?.at(-1)?.name).toBe('127');
  expect(one.metrics['otel.dropped_events_count']).toBe(128 - (one.events?.length ?? 0));
});
