import { describe, expect, test } from 'vitest';
import { dropToken, type FilterSubject, matchesFilter, parseFilter, toggleToken } from '../../../src/viewer/page/filter.ts';
import { suggest, tokenAt } from '../../../src/viewer/page/filter-suggest.ts';
import { createSpan, traceId } from './spans.ts';

const checkout: FilterSubject = {
  id: traceId,
  resource: 'click button#place-order',
  name: 'interaction',
  duration: 519e6,
  errorCount: 2,
  spanCount: 3,
  services: ['shop-web', 'api'],
  runtimes: ['browser', 'workerd'],
  spans: [
    createSpan('a1', 0, 519, { meta: { env: 'dev', 'order.id': '9007199254740993' } }),
    createSpan('a2', 10, 300, { service: 'api', resource: 'POST /api/checkout', meta: { 'http.status_code': '502' } }),
    createSpan('a3', 20, 3, { service: 'api', resource: 'KV get session', name: 'kv.get', metrics: { rows: 4 } }),
  ],
};
const matches = (text: string): boolean => matchesFilter(checkout, parseFilter(text));

test.each([
  ['', true],
  ['service:api', true],
  ['service:API', true],
  ['service:ap', false],
  ['service:shop-*', true],
  ['service:*web', true],
  ['service:s*p*b', true],
  ['service:s*x*b', false],
  ['-service:api', false],
  ['-service:cart', true],
  ['status:error', true],
  ['status:ok', false],
  ['duration:>500ms', true],
  ['duration:>0.6s', false],
  ['duration:<=519', true],
  ['duration:<519', false],
  ['spans:3', true],
  ['spans:>3', false],
  ['errors:>=2', true],
  ['runtime:workerd', true],
  ['runtime:deno', false],
  ['operation:kv.get', true],
  ['resource:"KV get session"', true],
  ['resource:"kv get*"', true],
  ['env:dev', true],
  ['env:prod', false],
  ['trace:6b057d4f', true],
  ['@http.status_code:>=500', true],
  ['@http.status_code:502', true],
  ['@http.status_code:<500', false],
  ['-@http.status_code:>=500', false],
  ['@rows:4', true],
  ['@rows:>4', false],
  ['@order.id:9007199254740993', true],
  ['@order.id:9007199254740992', false],
  ['@nothing:x', false],
  ['@order.id:*', true],
  ['place-order', true],
  ['KV', true],
  ['nonsense', false],
  ['-nonsense', true],
  ['6b057d4f', true],
  ['service:api status:error duration:>50ms', true],
  ['service:api status:ok', false],
])('%j on the checkout trace: %s', (text, expected) => {
  expect(matches(text)).toBe(expected);
});

describe('an unfinished or unknown condition', () => {
  test.each([
    'service:',
    '-',
    'duration:',
    'duration:>',
    'duration:>5q',
    'status:errx',
    '@http.status_code:>',
    'colour:red',
    '@',
    '"',
    '>=',
    'service:>',
  ])('%j lets everything through', (text) => {
    expect(parseFilter(text).every((token) => !token.complete || token.key === '')).toBe(true);
    if (text !== '@' && text !== '>=') expect(matches(text)).toBe(true);
  });
});

test('a key of Object.prototype is no attribute', () => {
  expect(matches('@constructor:*')).toBe(false);
  expect(matches('@__proto__:*')).toBe(false);
});

test('tokens know where they stand', () => {
  const text = 'service:api  -@a.b:"two words" >x';
  expect(parseFilter(text).map(({ raw, start, end }) => [raw, text.slice(start, end)])).toEqual([
    ['service:api', 'service:api'],
    ['-@a.b:"two words"', '-@a.b:"two words"'],
    ['>x', '>x'],
  ]);
});

test('conditions are dropped and toggled', () => {
  const [, second] = parseFilter('a status:error b');
  expect(dropToken('a status:error b', second!)).toBe('a b');
  expect(toggleToken('a', 'status:error')).toBe('a status:error');
  expect(toggleToken('a status:error', 'status:error')).toBe('a');
});

describe('suggestions', () => {
  const suggestFor = (text: string): string[] => suggest(tokenAt(text, text.length), [checkout]).map(({ raw }) => raw);
  test('keys, then values with how many traces have them', () => {
    expect(suggestFor('se')).toEqual(['service:']);
    expect(suggestFor('service:')).toEqual(['service:api', 'service:shop-web']);
    expect(suggest(tokenAt('service:a', 9), [checkout])).toEqual([{ raw: 'service:api', note: '1' }]);
    expect(suggestFor('-runtime:wo')).toEqual(['-runtime:workerd']);
  });
  test('attributes by key and value', () => {
    expect(suggestFor('@order')).toEqual(['@order.id:']);
    expect(suggestFor('@http.status_code:')).toEqual(['@http.status_code:502']);
  });
  test('a value with a space is quoted, a complete one is not suggested again', () => {
    expect(suggestFor('resource:click')).toEqual(['resource:"click button#place-order"']);
    expect(suggestFor('service:api')).toEqual([]);
  });
});
