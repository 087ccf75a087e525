import { expect, test } from 'vitest';
import { checkOptions } from '../../../src/proxy/check-options.ts';

const upstream = async () => ({ status: 'ok' });

test('what an option holds is said where it is no secret, and never at length', () => {
  expect(() => checkOptions({ upstream, path: 't' })).toThrow("current value is 't'");
  expect(() => checkOptions({ upstream, allowOrigins: ['https://user:canary@shop.example'] })).toThrow(/\['https:\/\/shop\.example'\]$/);
  expect(() => checkOptions({ upstream, log: 'x'.repeat(1_000) })).toThrow(/^.{0,250}$/);
  expect(() => checkOptions({ upstream, auth: 'canary' })).not.toThrow('canary');
});

test('options that are right, and those that are not given, pass', () => {
  expect(() =>
    checkOptions({
      upstream: [upstream],
      allowOrigins: ['https://shop.example'],
      auth: 'none',
      redact: { keepQuery: ['page'], patterns: [{ name: 'n', hint: 'x', find: /x/g }] },
      enrich: { clock: true, address: undefined },
      rateLimit: { requests: 5, spans: Number.POSITIVE_INFINITY },
      spool: undefined,
    }),
  ).not.toThrow();
});
