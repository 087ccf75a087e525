import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { b3, b3multi } from '../../src/propagation/b3.ts';
import { baggage } from '../../src/propagation/baggage.ts';
import { composite } from '../../src/propagation/composite.ts';
import { datadog } from '../../src/propagation/datadog.ts';
import { leanTraceContext } from '../../src/propagation/lean-trace-context.ts';
import { traceContext } from '../../src/propagation/trace-context.ts';
import { parseTraceState } from '../../src/propagation/trace-state.ts';
import { LocalTrace, localTraceKey, localTraceOf } from '../../src/trace/local-trace.ts';
import { parseHex64 } from '../../src/trace/print-ids.ts';

const numRuns = 2_000;
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[\\da-f]{${digits}}$`));
const nonZero = (digits: number) => hex(digits).filter((id) => !/^0+$/.test(id));
const high = fc.oneof(hex(16), fc.constant('0'.repeat(16)));
const tagName = fc.stringMatching(/^[a-z][a-z\d._]{0,12}$/).filter((name) => name !== 'tid' && name !== 'dm');
const tagValue = fc.stringMatching(/^[!-+\--:<-}]([ -+\--:<-}]{0,20}[!-+\--:<-}])?$/);
const traceTags = fc.dictionary(
  tagName.map((name) => `_dd.p.${name}`),
  tagValue,
  { maxKeys: 4, noNullPrototype: true },
);
const anyTags = fc.dictionary(
  fc.string({ unit: 'binary' }).map((name) => `_dd.p.${name}`),
  fc.string({ unit: 'binary', maxLength: 300 }),
  { noNullPrototype: true },
);
const priority = fc.constantFrom(-1, 0, 1, 2);

const memberKey = fc
  .oneof(fc.stringMatching(/^[a-z\d][a-z\d_*/-]{0,20}$/), fc.stringMatching(/^[a-z\d][a-z\d_*/-]{0,20}@[a-z][a-z\d_*/-]{0,13}$/))
  .filter((key) => key !== 'dd');
const memberValue = fc.stringMatching(/^[ -+\--<>-~]{0,60}[!-+\--<>-~]$/);
const memberList = (maxLength: number) =>
  fc
    .uniqueArray(fc.tuple(memberKey, memberValue), { maxLength, selector: ([key]) => key })
    .map((members) => members.map((member) => member.join('=')));

interface Sent {
  traceHigh: string;
  traceLow: string;
  spanId: string;
  priority: number;
  mechanism: number;
  origin: string | undefined;
  tags: Record<string, string>;
  isRandom: boolean;
}

const legal = fc.record<Sent>({
  traceHigh: high,
  traceLow: nonZero(16),
  spanId: nonZero(16),
  priority,
  mechanism: fc.nat(12),
  origin: fc.option(tagValue, { nil: undefined }),
  tags: traceTags,
  isRandom: fc.boolean(),
});

function inject(propagator: TextMapPropagator, sent: Sent, traceState = ''): Record<string, string> {
  const local = new LocalTrace(sent.traceHigh, ...parseHex64(sent.traceLow), () => sent);
  local.origin = sent.origin;
  Object.assign(local.tags, sent.tags);
  const spanContext = {
    traceId: sent.traceHigh + sent.traceLow,
    spanId: sent.spanId,
    traceFlags: sent.isRandom ? 3 : 1,
    ...(traceState && { traceState: parseTraceState(traceState) }),
    [localTraceKey()]: local,
  } as SpanContext;
  const carrier: Record<string, string> = {};
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter);
  return carrier;
}

function extract(propagator: TextMapPropagator, carrier: Record<string, unknown>): SpanContext | undefined {
  return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter));
}

const keptTags = (sent: Sent) => ({ ...(sent.priority > 0 && { '_dd.p.dm': `-${sent.mechanism}` }), ...sent.tags });

test.each([
  ['traceContext', traceContext(), true],
  ['datadog', datadog(), false],
  ['composite', composite({ propagators: [datadog(), traceContext(), baggage()] }), true],
])('%s: what goes out comes in', (_, propagator, isRandomKept) => {
  fc.assert(
    fc.property(legal, (sent) => {
      const found = extract(propagator, inject(propagator, sent))!;
      expect(found.traceId).toBe(sent.traceHigh + sent.traceLow);
      expect(found.spanId).toBe(sent.spanId);
      expect(found.traceFlags).toBe(+(sent.priority > 0) + (isRandomKept && sent.isRandom ? 2 : 0));
      const local = localTraceOf(found)!;
      expect([local.idLowHigh, local.idLowLow]).toEqual(parseHex64(sent.traceLow));
      expect(local).toMatchObject({
        idHigh: sent.traceHigh,
        priority: sent.priority,
        isInherited: true,
        origin: sent.origin,
        tags: keptTags(sent),
      });
      expect(local.tags).toEqual(keptTags(sent));
    }),
    { numRuns },
  );
});

test.each([
  ['b3', b3()],
  ['b3multi', b3multi()],
])('%s: what goes out comes in', (_, propagator) => {
  fc.assert(
    fc.property(legal, (sent) => {
      const found = extract(propagator, inject(propagator, sent))!;
      expect(found).toMatchObject({ traceId: sent.traceHigh + sent.traceLow, spanId: sent.spanId });
      expect(localTraceOf(found)!.priority).toBe(Math.max(sent.priority, 0));
    }),
    { numRuns },
  );
});

test('members of other vendors keep their order, up to the limits', () => {
  fc.assert(
    fc.property(legal, memberList(40), (sent, members) => {
      const state = inject(traceContext(), sent, members.slice(0, 32).join())['tracestate']!;
      expect(state.length).toBeLessThanOrEqual(512);
      const [ours, ...others] = state.split(',');
      expect(ours).toMatch(/^dd=s:/);
      expect(others.length).toBeLessThanOrEqual(31);
      // what is left is a subsequence, and everything where everything fits
      const expected = members.slice(0, 32);
      expect(expected.filter((member) => others.includes(member))).toEqual(others);
      if (expected.length < 32 && `${ours},${expected.join()}`.length <= 512) expect(others).toEqual(expected);
    }),
    { numRuns },
  );
});

test('any list member is read back as it is, any other text never throws', () => {
  fc.assert(
    fc.property(memberList(32), (members) => {
      const state = parseTraceState(members.join(' ,\t'));
      for (const member of members) expect(state.get(member.slice(0, member.indexOf('=')))).toBe(member.slice(member.indexOf('=') + 1));
      if (members.join().length <= 512) expect(state.serialize()).toBe(members.join());
    }),
    { numRuns },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (header, value) => {
      const state = parseTraceState(header).set('dd', value).set('a', '1');
      expect(state.serialize()).toMatch(/^a=1(,[a-z\d][a-z\d_*/@-]*=[ -+\--<>-~]*)*$/);
    }),
    { numRuns },
  );
});

test('whatever is in a trace, headers are legal and within their limits', () => {
  const hostile = fc.record<Sent>({
    traceHigh: high,
    traceLow: nonZero(16),
    spanId: nonZero(16),
    priority,
    mechanism: fc.nat(12),
    origin: fc.string({ unit: 'binary', maxLength: 400 }),
    tags: anyTags,
    isRandom: fc.boolean(),
  });
  const all = composite({ propagators: [datadog(), traceContext(), leanTraceContext(), b3(), b3multi()] });
  fc.assert(
    fc.property(hostile, memberList(32), (sent, members) => {
      const carrier = inject(all, sent, members.join());
      for (const [name, value] of Object.entries(carrier)) expect(() => new Headers([[name, value]]), name).not.toThrow();
      for (const value of Object.values(carrier)) expect(value).toMatch(/^[ -~]*$/);
      expect((carrier['x-datadog-tags'] ?? '').length).toBeLessThanOrEqual(512);
      const state = parseTraceState(carrier['tracestate']!);
      expect(state.get('dd')!.length).toBeLessThanOrEqual(256);
      expect(localTraceOf(extract(traceContext(), carrier)!)!.priority).toBe(sent.priority);
    }),
    { numRuns },
  );
});

test('baggage: what goes out comes in, and never above the limits', () => {
  const key = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,12}$/);
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, value), { maxLength: 80, selector: ([name]) => name }), (items) => {
      // not an object, whose integer keys would come first
      const bag = items.reduce((bag, [name, text]) => bag.setEntry(name, { value: text }), propagation.createBaggage());
      const carrier: Record<string, string> = {};
      baggage().inject(propagation.setBaggage(ROOT_CONTEXT, bag), carrier, defaultTextMapSetter);
      const header = carrier['baggage'] ?? '';
      expect(header.length).toBeLessThanOrEqual(8_192);
      const found = propagation.getBaggage(baggage().extract(ROOT_CONTEXT, carrier, defaultTextMapGetter));
      const entries = new Map((found?.getAllEntries() ?? []).map(([name, entry]) => [name, entry.value]));
      expect(entries.size).toBeLessThanOrEqual(64);
      expect(entries.size).toBe(header === '' ? 0 : header.split(',').length);
      expect(items.slice(0, entries.size).every(([name, text]) => entries.get(name) === text)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('any headers at all: nothing throws, what is found is valid', () => {
  const header = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ maxLength: 100 }),
    fc.array(fc.string()),
    fc.anything(),
  );
  const names = composite({ propagators: [datadog(), traceContext(), baggage(), b3(), b3multi()] }).fields();
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), header), (carrier) => {
      for (const propagator of [
        datadog(),
        traceContext(),
        leanTraceContext(),
        baggage(),
        b3(),
        b3multi(),
        composite({ propagators: [datadog(), traceContext(), baggage(), b3()] }),
      ]) {
        const found = extract(propagator, carrier);
        if (found)
          expect(found).toMatchObject({
            traceId: expect.stringMatching(/^(?!0{32})[\da-f]{32}$/),
            spanId: expect.stringMatching(/^[\da-f]{16}$/),
            isRemote: true,
          });
      }
    }),
    { numRuns },
  );
});
