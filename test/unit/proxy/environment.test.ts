import { expect, test } from 'vitest';
import worker from '../../../src/entries/proxy/worker.ts';
import { environmentOptions } from '../../../src/proxy/environment.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { closedReason } from '../../../src/proxy/options.ts';
import { createTokenKey } from '../../../src/proxy/token-keys.ts';

test('an Agent behind it, origins and auth from variables', () => {
  const options = environmentOptions({
    DD_TRACE_AGENT_URL: 'http://127.0.0.1:8126',
    EDGESPAN_ALLOW_ORIGINS: 'https://shop.example, https://www.shop.example',
    EDGESPAN_AUTH: 'none',
    EDGESPAN_ALLOW_SERVERS: 'true',
  });
  expect(options).toMatchObject({ allowOrigins: ['https://shop.example', 'https://www.shop.example'], auth: 'none', allowServers: true });
  expect(closedReason(options)).toBeUndefined();
});

test('several upstreams, the first decides', () => {
  const env = { EDGESPAN_UPSTREAM: 'viewer,console', EDGESPAN_VIEWER_URL: 'http://127.0.0.1:4319' };
  expect(environmentOptions(env).upstream).toHaveLength(2);
});

test('what is not set stays closed; false is not true', () => {
  const options = environmentOptions({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_ALLOW_SERVERS: 'false' });
  expect(closedReason(options)?.option).toBe('allowOrigins');
  expect(options.allowServers).toBe(false);
});

test.each(['EDGESPAN_ALLOW_SERVERS', 'EDGESPAN_AGENT_FORM'])('%s opens only by a word that means yes', (name) => {
  const of = (value: string) => environmentOptions({ EDGESPAN_UPSTREAM: 'console', [name]: value });
  const isOn = (value: string) => Boolean(of(value)[name === 'EDGESPAN_AGENT_FORM' ? 'agentForm' : 'allowServers']);
  expect(['true', '1', 'Yes', 'ON'].map(isOn)).toEqual([true, true, true, true]);
  expect(['False', '0', 'no', 'OFF', ' '].map(isOn)).toEqual([false, false, false, false, false]);
  for (const word of ['none', 'n', 'disabled', 'f', 'y']) expect(() => of(word), word).toThrow(`${name} must be true or false`);
});

test('servers alone: no origin has to be named, with tokens or without', () => {
  const servers = { EDGESPAN_UPSTREAM: 'console', EDGESPAN_ALLOW_SERVERS: 'true' };
  for (const who of [{ EDGESPAN_AUTH: 'none' }, { EDGESPAN_TOKEN_KEYS: createTokenKey('k1') }]) {
    const options = environmentOptions({ ...servers, ...who });
    expect([options.allowOrigins, closedReason(options)]).toEqual([[], undefined]);
  }
  // Keys alone may be a list of origins that was forgotten.
  expect(closedReason(environmentOptions({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_TOKEN_KEYS: createTokenKey('k1') }))?.option).toBe(
    'allowOrigins',
  );
});

test('what else a proxy can do is switched on by variables of its own', async () => {
  const env = { EDGESPAN_UPSTREAM: 'console', EDGESPAN_ALLOW_ORIGINS: 'https://shop.example' };
  const token = `pub${'0'.repeat(32)}`;
  const options = environmentOptions({
    ...env,
    EDGESPAN_TOKEN_KEYS: createTokenKey('k1'),
    EDGESPAN_PATH: '/spans',
    EDGESPAN_AGENT_FORM: '1',
    EDGESPAN_REDACT: 'none',
    EDGESPAN_ENRICH: 'clock, userAgent',
    EDGESPAN_DDFORWARD_CLIENT_TOKENS: `${token},${token}`,
    DD_SITE: 'datadoghq.eu',
    EDGESPAN_CLIENT_ADDRESS_HEADER: 'X-Forwarded-For',
    EDGESPAN_TRUSTED_PROXIES: '2',
  });
  expect(options).toMatchObject({ path: '/spans', agentForm: true, redact: 'none', enrich: { clock: true, userAgent: true } });
  expect(environmentOptions({ ...env, EDGESPAN_REDACT: 'servers' }).redact).toEqual({ servers: true });
  expect(options.browserSdk).toBeTypeOf('function');
  const headers = { 'X-Forwarded-For': '1.1.1.1, 10.0.0.1, 10.0.0.2' };
  expect(options.clientAddress?.(new Request('http://proxy.test/', { headers }))).toBe('10.0.0.1');
  expect(createIntakeProxy(options)).toBeDefined();
  expect(() => createIntakeProxy(environmentOptions({ ...env, EDGESPAN_AUTH: 'none', EDGESPAN_AGENT_FORM: 'true' }))).toThrow(
    'needs a token',
  );
});

test.each([
  [{}, 'EDGESPAN_UPSTREAM must name'],
  [{ EDGESPAN_UPSTREAM: 'console', EDGESPAN_REDACT: 'off' }, 'EDGESPAN_REDACT must be none or servers where'],
  [
    { EDGESPAN_UPSTREAM: 'console', EDGESPAN_ENRICH: 'clock,moon' },
    'must name clock, userAgent, cloudflare, address: current value is moon',
  ],
  [{ EDGESPAN_UPSTREAM: 'console', EDGESPAN_CLIENT_ADDRESS_HEADER: 'x y' }, 'must be a header'],
  [{ EDGESPAN_UPSTREAM: 'console', EDGESPAN_TRUSTED_PROXIES: '0' }, 'must be within 1..99'],
  [{ EDGESPAN_UPSTREAM: 'console', EDGESPAN_TRUSTED_PROXIES: '2' }, 'EDGESPAN_TRUSTED_PROXIES needs EDGESPAN_CLIENT_ADDRESS_HEADER'],
  [{ EDGESPAN_UPSTREAM: 'console', EDGESPAN_DDFORWARD_CLIENT_TOKENS: 'pub1' }, 'must be client tokens'],
  [{ EDGESPAN_UPSTREAM: 'moon' }, 'current value is moon'],
  [{ EDGESPAN_UPSTREAM: 'agent' }, 'the upstream agent needs DD_TRACE_AGENT_URL'],
  [{ EDGESPAN_UPSTREAM: 'viewer' }, 'needs EDGESPAN_VIEWER_URL'],
  [{ EDGESPAN_UPSTREAM: 'console', EDGESPAN_AUTH: 'secret' }, 'EDGESPAN_AUTH must be none'],
])('%j is refused with its rule', (env, message) => {
  expect(() => environmentOptions(env)).toThrow(message);
});

test('the ready Worker is closed without variables and open with them', async () => {
  const health = (env: object) => worker.fetch(new Request('https://proxy.test/healthz'), env);
  expect((await health({})).status).toBe(503);
  const env = { EDGESPAN_UPSTREAM: 'console', EDGESPAN_ALLOW_ORIGINS: 'https://shop.example', EDGESPAN_AUTH: 'none' };
  expect((await health(env)).status).toBe(200);
});

test('values of a wrangler.toml that are no text are what they look like, or refused by name', () => {
  const env = { EDGESPAN_UPSTREAM: 'console' };
  expect(environmentOptions({ ...env, EDGESPAN_ALLOW_SERVERS: true }).allowServers).toBe(true);
  expect(environmentOptions({ ...env, EDGESPAN_METRICS_SECRET: 1234567890123456 }).metricsSecret).toBe('1234567890123456');
  expect(environmentOptions({ ...env, EDGESPAN_METRICS_SECRET: null }).metricsSecret).toBeUndefined();
  const mistaken: [object, string][] = [
    [
      { EDGESPAN_ALLOW_ORIGINS: ['https://shop.example'] },
      'EDGESPAN_ALLOW_ORIGINS must be text (a variable, or a secret): current value is a list',
    ],
    [
      { EDGESPAN_TOKEN_KEYS: { get: async () => 'k1:…' } },
      'EDGESPAN_TOKEN_KEYS must be text (a variable, or a secret): current value is a binding',
    ],
  ];
  for (const [given, rule] of mistaken) expect(() => environmentOptions({ ...env, ...given })).toThrow(rule);
});

test.each([
  [
    { EDGESPAN_METRICS_SECRET: 'canary' },
    /EDGESPAN_METRICS_SECRET must be a text of at least 16 characters: current value is a text of 6 characters$/,
  ],
  [{ EDGESPAN_PATH: '/a/../t' }, /EDGESPAN_PATH must be a path/],
  [{ EDGESPAN_ALLOW_ORIGINS: 'https://shop.example/' }, /EDGESPAN_ALLOW_ORIGINS must be a list of exact origins/],
  [{ EDGESPAN_AUTH: 'none', EDGESPAN_AGENT_FORM: 'true' }, /EDGESPAN_AGENT_FORM must be false beside EDGESPAN_AUTH none/],
])('%j is refused by the name of the variable', (given, message) => {
  expect(() => environmentOptions({ EDGESPAN_UPSTREAM: 'console', ...given })).toThrow(message);
});

test('bindings are known by what they can do', () => {
  const env = { EDGESPAN_UPSTREAM: 'console', EDGESPAN_METRICS_SECRET: '0123456789abcdef' };
  const bound = {
    ...env,
    SPOOL: { send: async () => {} },
    DEDUPE: { idFromName: () => 1, get: () => {} },
    RATE_LIMIT: { limit: async () => ({ success: true }) },
  };
  expect(Object.keys(environmentOptions(env)).sort()).toEqual(['allowServers', 'metricsSecret', 'upstream']);
  expect(Object.keys(environmentOptions(bound)).sort()).toEqual([
    'allowServers',
    'dedupe',
    'metricsSecret',
    'rateLimit',
    'spool',
    'upstream',
  ]);
  for (const method of ['idFromName', 'limit'])
    expect(environmentOptions({ ...env, RATE_LIMIT: { [method]: () => {} } }).rateLimit, method).toBeTypeOf('function');
  expect(environmentOptions({ ...env, RATE_LIMIT: 'text' }).rateLimit).toBeUndefined();
  expect(Object.keys(environmentOptions({ ...env, SPOOL: 'text', DEDUPE: null }))).not.toContain('spool');
  const keyValueStore = { get: async () => {}, put: async () => {} };
  for (const name of ['SPOOL', 'DEDUPE', 'RATE_LIMIT'])
    expect(() => environmentOptions({ ...env, [name]: keyValueStore }), name).toThrow(`${name} must be bound to a`);
});
