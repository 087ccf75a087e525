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

test('a path that something else is answered at is refused: one of the two would never be reached', () => {
  const refusal = (given: object): string => {
    try {
      checkOptions({ upstream, ...given }, (option) => `<${option}>`);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const path of ['/healthz', '/metrics']) {
    expect(refusal({ path })).toContain(`<path> must be none of /healthz, /metrics: they are taken: current value is '${path}'`);
  }
  for (const path of ['/info', '/v0.4/traces']) {
    expect(refusal({ path })).toBe('');
    expect(refusal({ path, agentForm: true })).toContain(
      `<path> must be none of /healthz, /metrics, /v0.4/traces, /info: they are taken: current value is '${path}'`,
    );
  }
  expect(refusal({ path: '/healthz/t', agentForm: true })).toBe('');
});

test('a value that cannot be looked at is refused like any other', () => {
  const ring: unknown[] = [];
  ring.push(ring);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const value of [ring, proxy, { [Symbol.toPrimitive]: () => expect.unreachable('asked') }])
    expect(() => checkOptions({ upstream, log: value })).toThrow('`log` must be a function: current value is');
});
