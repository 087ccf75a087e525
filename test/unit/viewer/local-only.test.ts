import { expect, test } from 'vitest';
import { isLocal, isLocalOrigin } from '../../../src/viewer/local-only.ts';

const none = new Set<string>();
const ask = (url: string, headers: Record<string, string> = {}): boolean => isLocal(new Request(url, { headers }), none);

test('a name that was made to point here is not this machine', () => {
  expect(ask('http://rebound.example:4319/')).toBe(false);
  expect(ask('http://localhost:4319/')).toBe(true);
});

test('another site may open the page in a tab but load nothing', () => {
  const crossSite = { 'Sec-Fetch-Site': 'cross-site' };
  expect(ask('http://localhost:4319/', { ...crossSite, 'Sec-Fetch-Mode': 'navigate' })).toBe(true);
  expect(ask('http://localhost:4319/api/traces', { ...crossSite, 'Sec-Fetch-Mode': 'no-cors' })).toBe(false);
  expect(ask('http://localhost:4319/api/traces', { 'Sec-Fetch-Site': 'same-origin' })).toBe(true);
});

test('origins of this machine, and those that were allowed', () => {
  expect(['http://localhost:1', 'https://127.0.0.1', 'http://[::1]:3'].every((origin) => isLocalOrigin(origin, none))).toBe(true);
  expect(
    ['null', '', 'file://', 'http://evil.example', 'http://localhost.evil.example'].some((origin) => isLocalOrigin(origin, none)),
  ).toBe(false);
  expect(isLocalOrigin('https://shop.test', new Set(['https://shop.test']))).toBe(true);
});
