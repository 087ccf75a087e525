// The cases of W3C's validation suite for Trace Context (w3c/trace-context, test/test.py), run against our propagator as a service would
// use it: headers come in, a span is made below them, headers go out. Of the two generations of `test_tracestate_duplicated_keys` the newer
// one is held: one of the two members stays.
import { ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { composite } from '../../../src/propagation/composite.ts';
import { traceContext } from '../../../src/propagation/trace-context.ts';
import { LocalTrace, localTraceKey, localTraceOf } from '../../../src/trace/local-trace.ts';

type Pairs = readonly (readonly [string, string])[];

const traceId = '12345678901234567890123456789012';
const parentId = '1234567890123456';
const valid = `00-${traceId}-${parentId}-01`;
const unsampled = ['traceparent', `00-${traceId}-${parentId}-00`] as const;
const propagator = composite({ propagators: [traceContext()] });
const getter = {
  keys: (pairs: Pairs) => pairs.map(([name]) => name),
  // as servers hand them over: names without case, several of one name as a list
  get: (pairs: Pairs, name: string) => pairs.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value),
};

/** What a service sends on that was called with these headers; a span of its own stands in between. */
function callThrough(pairs: Pairs): { traceparent: string; tracestate: Record<string, string>; order: string[] } {
  const remote = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, pairs, getter));
  const local = remote ? localTraceOf(remote)! : new LocalTrace('99999999'.repeat(2), 1, 1);
  const own = {
    traceId: remote?.traceId ?? '99999999'.repeat(4),
    spanId: 'b7ad6b7169203331',
    traceFlags: remote?.traceFlags ?? 1,
    [localTraceKey()]: local,
  } as SpanContext;
  const sent = new Map<string, string>();
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, own), sent, { set: (carrier, name, value) => carrier.set(name, value) });
  const members = (sent.get('tracestate') ?? '').split(',').map((member) => member.split('=') as [string, string]);
  return { traceparent: sent.get('traceparent')!, tracestate: Object.fromEntries(members), order: members.map(([key]) => key) };
}

const isContinued = (pairs: Pairs): boolean => {
  const { traceparent } = callThrough(pairs);
  expect(traceparent).toMatch(/^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-0[0-3]$/);
  expect(traceparent.slice(36, 52)).not.toBe(parentId);
  return traceparent.slice(3, 35) === traceId;
};

describe('traceparent', () => {
  test('both headers missing', () => expect(isContinued([])).toBe(false));
  test('tracestate missing', () => expect(isContinued([['traceparent', valid]])).toBe(true));
  test('duplicated', () => {
    const pairs = [
      ['traceparent', '00-12345678901234567890123456789011-1234567890123456-01'],
      ['traceparent', valid],
    ] as const;
    expect(isContinued(pairs)).toBe(false);
    expect(callThrough(pairs).traceparent).not.toContain('12345678901234567890123456789011');
  });
  test.each(['trace-parent', 'trace.parent'])('wrong name %s', (name) => expect(isContinued([[name, valid]])).toBe(false));
  test.each(['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'])('name %s', (name) => expect(isContinued([[name, valid]])).toBe(true));
  test.each([
    `cc-${traceId}-${parentId}-01`,
    `cc-${traceId}-${parentId}-01-what-the-future-will-be-like`,
    ` ${valid}`,
    `\t${valid}`,
    `${valid} `,
    `${valid}\t`,
    `\t ${valid} \t`,
  ])('is continued: %j', (header) => expect(isContinued([['traceparent', header]])).toBe(true));
  test.each([
    `${valid}.`,
    `${valid}-what-the-future-will-be-like`,
    `cc-${traceId}-${parentId}-01.what-the-future-will-be-like`,
    `ff-${traceId}-${parentId}-01`,
    `.0-${traceId}-${parentId}-01`,
    `0.-${traceId}-${parentId}-01`,
    `000-${traceId}-${parentId}-01`,
    `0000-${traceId}-${parentId}-01`,
    `0-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-.2345678901234567890123456789012-${parentId}-01`,
    `00-1234567890123456789012345678901.-${parentId}-01`,
    `00-123456789012345678901234567890123-${parentId}-01`,
    `00-1234567890123456789012345678901-${parentId}-01`,
    `00-${traceId}-0000000000000000-01`,
    `00-${traceId}-.234567890123456-01`,
    `00-${traceId}-123456789012345.-01`,
    `00-${traceId}-12345678901234567-01`,
    `00-${traceId}-123456789012345-01`,
    `00-${traceId}-${parentId}-.0`,
    `00-${traceId}-${parentId}-0.`,
    `00-${traceId}-${parentId}-001`,
    `00-${traceId}-${parentId}-1`,
    `00-${'A'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'B'.repeat(16)}-01`,
    `FF-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}-0A`,
  ])('is refused: %j', (header) => expect(isContinued([['traceparent', header]])).toBe(false));
  test.each([
    ['00', '00'],
    ['01', '01'],
    ['02', '02'],
    ['03', '03'],
    ['ff', '03'],
    ['fc', '00'],
  ])('flags %s go on as %s: sampled and random travel, what is not known does not', (flags, sent) => {
    expect(callThrough([['traceparent', `00-${traceId}-${parentId}-${flags}`]]).traceparent.slice(-2)).toBe(sent);
  });
});

describe('tracestate', () => {
  const stateOf = (...headers: string[]) => callThrough([unsampled, ...headers.map((header) => ['tracestate', header] as const)]);
  const allowedKey = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/';
  const allowedValue = Array.from({ length: 0x7e - 0x20 + 1 }, (_, at) => String.fromCharCode(at + 0x20))
    .join('')
    .replace(/[,=]/g, '');
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => `bar${`${at + from}`.padStart(2, '0')}=${at + from}`).join();

  test('without traceparent it is not looked at', () => expect(callThrough([['tracestate', 'foo=1,bar=2']]).order).toEqual(['dd']));
  test('is inherited behind ours', () => {
    const { tracestate, order } = stateOf('foo=1,bar=2');
    expect(order).toEqual(['dd', 'foo', 'bar']);
    expect(tracestate).toMatchObject({ foo: '1', bar: '2' });
  });
  test.each(['trace-state', 'trace.state'])('wrong name %s', (name) =>
    expect(callThrough([unsampled, [name, 'foo=1']]).order).toEqual(['dd']),
  );
  test.each(['TraceState', 'TrAcEsTaTe', 'TRACESTATE'])('name %s', (name) => {
    expect(callThrough([unsampled, [name, 'foo=1']]).tracestate['foo']).toBe('1');
  });
  test.each([[['']], [['foo=1', '']], [['', 'foo=1']]])('empty headers: %j', (headers) => {
    expect(stateOf(...headers).order).toEqual(headers.includes('foo=1') ? ['dd', 'foo'] : ['dd']);
  });
  test('several headers are one list', () => {
    expect(stateOf('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3').order).toEqual(['dd', 'foo', 'bar', 'rojo', 'congo', 'baz']);
  });
  test.each([[['foo=1,foo=1']], [['foo=1,foo=2']], [['foo=1', 'foo=1']], [['foo=1', 'foo=2']]])('duplicated keys: %j', (headers) => {
    const { tracestate, order } = stateOf(...headers);
    expect(order).toEqual(['dd', 'foo']);
    expect(tracestate['foo']).toBe('1');
  });
  test.each([allowedKey, `${allowedKey}@a-z0-9_-*/`, '0abc', 'tenant@0system'])('all allowed characters: %s', (key) => {
    expect(stateOf(`${key}=${allowedValue}`).tracestate[key]).toBe(allowedValue);
  });
  test.each(['foo=1 \t , \t bar=2, \t baz=3', 'foo=1\t \t,\t \tbar=2,\t \tbaz=3'])('white space between: %j', (header) => {
    expect(stateOf(header).tracestate).toMatchObject({ foo: '1', bar: '2', baz: '3' });
  });
  test.each([' foo=1', '\tfoo=1', 'foo=1 ', 'foo=1\t', '\t foo=1 \t'])('white space around: %j', (header) => {
    expect(stateOf(header).tracestate['foo']).toBe('1');
  });
  test('leading spaces are part of a value', () => expect(stateOf('foo=  1').tracestate['foo']).toBe('  1'));
  test.each([
    'foo =1',
    'FOO=1',
    'foo.bar=1',
    'foo@=1,bar=2',
    '@foo=1,bar=2',
    'foo@@bar=1,bar=2',
    'foo@bar@baz=1,bar=2',
    `foo=1,${'z'.repeat(257)}=1`,
    `foo=1,${'t'.repeat(242)}@v=1`,
    `foo=1,t@${'v'.repeat(15)}=1`,
    'foo=bar=baz',
    'foo=,bar=3',
    'foo,bar=3',
    '=1,bar=3',
    'foo=\u00e9,bar=3',
    `foo=${'v'.repeat(257)},bar=3`,
    numbered(1, 33),
  ])('is discarded whole: %j', (header) => expect(stateOf(header).order).toEqual(['dd']));
  test.each([`${'z'.repeat(256)}=1`, `${'t'.repeat(241)}@${'v'.repeat(14)}=1`])('longest keys are legal', (member) => {
    expect(stateOf('foo=1', member).tracestate['foo']).toBe('1');
  });
  test('32 members are legal', () => {
    const { order } = stateOf(numbered(1, 10), numbered(11, 20), numbered(21, 30), numbered(31, 32));
    expect(order).toHaveLength(32);
    expect(order.slice(0, 2)).toEqual(['dd', 'bar01']);
  });
});
