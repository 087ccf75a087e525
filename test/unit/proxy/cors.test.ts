import { expect, test } from 'vitest';
import { answerPreflight, corsHeaders } from '../../../src/proxy/cors.ts';

const allowed = new Set(['https://shop.example']);

test('the exact origin, never a wildcard, never credentials', () => {
  expect([...corsHeaders('https://shop.example', allowed)]).toEqual([
    ['access-control-allow-origin', 'https://shop.example'],
    ['access-control-expose-headers', 'Retry-After'],
    ['vary', 'Origin'],
  ]);
  for (const origin of [null, 'https://SHOP.example', 'https://shop.example:443', '*'])
    expect([...corsHeaders(origin, allowed)]).toEqual([['vary', 'Origin']]);
});

test('where the set-up failed, nobody knows who is allowed: any page may read that', () => {
  expect(corsHeaders('https://shop.example', undefined).get('access-control-allow-origin')).toBe('https://shop.example');
  expect(corsHeaders(null, undefined).has('access-control-allow-origin')).toBe(false);
});

test('a preflight lets Content-Type through and nothing else', () => {
  const { headers } = answerPreflight(corsHeaders('https://shop.example', allowed));
  expect(headers.get('access-control-allow-headers')).toBe('Content-Type');
  expect(headers.has('access-control-allow-credentials')).toBe(false);
});
