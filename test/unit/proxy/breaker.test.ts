import { expect, test } from 'vitest';
import { createBreaker } from '../../../src/proxy/breaker.ts';

test('three failures in a row close the way, one asks after a pause that grows', () => {
  const clock = { millis: 0 };
  const breaker = createBreaker(() => clock.millis);
  for (let count = 0; count < 3; count++) {
    expect([breaker.waitMillis(), breaker.isOpen()]).toEqual([0, false]);
    breaker.failed(undefined);
  }
  expect([breaker.isOpen(), breaker.waitMillis()]).toEqual([true, 1_000]);
  clock.millis = 1_000;
  expect([breaker.waitMillis(), breaker.waitMillis()], 'one asks, the next waits').toEqual([0, 1_000]);
  breaker.failed(undefined);
  expect(breaker.waitMillis()).toBe(2_000);
  for (let count = 0; count < 20; count++) {
    clock.millis += 30_000;
    expect(breaker.waitMillis()).toBe(0);
    breaker.failed(undefined);
  }
  expect(breaker.waitMillis()).toBe(30_000);
  breaker.succeeded();
  expect([breaker.waitMillis(), breaker.isOpen()]).toEqual([0, false]);
});

test('a clock that goes back does not keep the way closed for as long', () => {
  const clock = { millis: 7_200_000 };
  const breaker = createBreaker(() => clock.millis);
  for (let count = 0; count < 3; count++) breaker.failed(undefined);
  clock.millis = 0;
  expect([breaker.waitMillis(), breaker.waitMillis()], 'one asks, the next waits').toEqual([0, 1_000]);
});

test('a pause that the upstream asks for holds from the first failure on, up to an hour; then one asks', () => {
  const clock = { millis: 0 };
  const breaker = createBreaker(() => clock.millis);
  breaker.failed(120_000);
  expect([breaker.waitMillis(), breaker.isOpen()]).toEqual([120_000, true]);
  breaker.failed(undefined);
  breaker.failed(5_000);
  breaker.succeeded();
  clock.millis = 119_999;
  expect(breaker.waitMillis(), 'what was under way changes nothing').toBe(1);
  clock.millis = 120_000;
  expect([breaker.waitMillis(), breaker.waitMillis()]).toEqual([0, 1_000]);
  breaker.succeeded();
  expect([breaker.waitMillis(), breaker.isOpen()]).toEqual([0, false]);
});

test('more than five minutes are kept once three in a row asked for them, up to an hour: one may be a stray answer', () => {
  const clock = { millis: 0 };
  const breaker = createBreaker(() => clock.millis);
  for (const pause of [300_000, 300_000, 3_600_000]) {
    breaker.failed(9_999_999);
    expect(breaker.waitMillis()).toBe(pause);
    clock.millis += pause;
    expect(breaker.waitMillis()).toBe(0);
  }
});

test('requests that fail together are one failure, and a pause that is over is no longer said', () => {
  const clock = { millis: 0 };
  const breaker = createBreaker(() => clock.millis);
  for (let count = 0; count < 100; count++) breaker.failed(undefined);
  expect(breaker.waitMillis()).toBe(1_000);
  const quiet = createBreaker(() => clock.millis);
  quiet.failed(1_000);
  expect(quiet.isOpen()).toBe(true);
  clock.millis += 1_000;
  expect(quiet.isOpen()).toBe(false);
});

test('less than its own pause is no pause asked for', () => {
  const breaker = createBreaker(() => 0);
  for (let count = 0; count < 3; count++) breaker.failed(10);
  expect(breaker.waitMillis()).toBe(1_000);
  breaker.succeeded();
  expect(breaker.isOpen()).toBe(false);
});
