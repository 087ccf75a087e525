import { expect, test } from 'vitest';
import { addressKey, createBindingRateLimiter, createMemoryRateLimiter } from '../../../src/proxy/rate-limit.ts';

const cost = (requests: number, spans = 0, bytes = 0) => ({ requests, spans, bytes });

test('a full bucket at once, then as it fills, each sender for itself', async () => {
  const clock = { millis: 0 };
  const limit = createMemoryRateLimiter({ requests: 10 }, () => clock.millis);
  const ask = (key = 'a') => limit(key, cost(1));
  for (let count = 0; count < 10; count++) expect(await ask()).toBe(0);
  expect(await ask()).toBe(1);
  expect(await ask('b')).toBe(0);
  clock.millis = 1_000;
  expect([await ask(), await ask()]).toEqual([0, 1]);
  clock.millis = 100_000;
  for (let count = 0; count < 10; count++) expect(await ask()).toBe(0);
  expect(await ask()).toBe(1);
});

test('spans and bytes are counted too, and what is refused costs nothing', async () => {
  const limit = createMemoryRateLimiter({ spans: 100, bytes: 1_000 }, () => 0);
  expect(await limit('a', cost(0, 60, 10))).toBe(0);
  expect(await limit('a', cost(0, 60, 10))).toBe(2);
  expect(await limit('a', cost(0, 40, 10))).toBe(0);
  expect(await limit('b', cost(0, 1, 5_000)), 'more than a bucket holds, from a full one').toBe(0);
  expect(await limit('b', cost(0, 1, 1))).toBeGreaterThan(0);
});

test('bytes alone have come already: taken in any case, and who owes waits at the door', () => {
  const clock = { millis: 0 };
  const limit = createMemoryRateLimiter({ bytes: 1_000 }, () => clock.millis);
  expect([limit('a', cost(0, 0, 900)), limit('a', cost(0, 0, 600))]).toEqual([0, 0]);
  expect([limit('a', cost(1)), limit('a', cost(0, 0, 100))]).toEqual([5, 6]);
  clock.millis = 6_001;
  expect(limit('a', cost(1))).toBe(0);
  expect([limit('a', cost(0, 0, 90_000)), limit('a', cost(1))]).toEqual([0, 10]);
});

test('memory is bounded by senders', async () => {
  const limit = createMemoryRateLimiter({ requests: 1 }, () => 0);
  expect(await limit('first', cost(1))).toBe(0);
  expect(await limit('first', cost(1))).toBeGreaterThan(0);
  for (let index = 0; index < 10_000; index++) await limit(`${index}`, cost(1));
  expect(await limit('first', cost(1))).toBe(0);
});

test('a binding is asked for requests only', async () => {
  const keys: string[] = [];
  const binding = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) < 2 }) };
  const limit = createBindingRateLimiter(binding, { spans: 10 }, () => 0);
  expect([await limit('a', cost(1)), await limit('a', cost(0, 5)), await limit('a', cost(0, 50)), await limit('a', cost(1))]).toEqual([
    0, 0, 5, 10,
  ]);
  expect(keys).toEqual(['a', 'a']);
});

test('a binding that fails leaves it to the memory of the isolate', async () => {
  const limit = createBindingRateLimiter({ limit: () => Promise.reject(new Error('gone')) }, { requests: 1 }, () => 0);
  expect([await limit('a', cost(1)), await limit('a', cost(1))]).toEqual([0, 10]);
});

test('version 6 counts by networks of 64 bits', () => {
  expect(addressKey('10.0.0.7')).toBe('10.0.0.7');
  expect(addressKey('::ffff:10.0.0.7')).toBe('10.0.0.7');
  for (const mapped of ['::ffff:909:909', '::FFFF:9.9.9.9', '0:0:0:0:0:ffff:9.9.9.9', '0000:0000:0000:0000:0000:ffff:0909:0909'])
    expect(addressKey(mapped), mapped).toBe('9.9.9.9');
  expect(addressKey('2001:db8:1:2::9', 48)).toBe('2001:db8:1::/48');
  expect(addressKey('2001:0db8:0001:0002:a:b:c:d')).toBe('2001:db8:1:2::/64');
  expect(addressKey('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
  expect(addressKey('2001:db8::1')).toBe('2001:db8:0:0::/64');
  expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(addressKey('::1')).toBe('0:0:0:0::/64');
});
