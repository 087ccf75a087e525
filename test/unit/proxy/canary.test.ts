import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  agentUpstream,
  createIntakeProxy,
  datadogUpstream,
  hmacTokens,
  type IntakeProxyOptions,
  mintToken,
  openSpoolDirectory,
  otlpUpstream,
  queueSpool,
} from '../../../src/entries/proxy.ts';
import { environmentOptions } from '../../../src/proxy/environment.ts';
import { envelopeOf } from '../../campaign/proxy/envelopes.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';

const apiKey = 'ca11a12yca11a12yca11a12yca11a12y';
const keyText = Buffer.alloc(32, 'canary-key').toString('base64url');
const tokenKeys = `k1:${keyText}`;
const metricsSecret = 'canary-metrics-secret';
const otlpSecret = 'canary-otlp-secret';
let token = '';
/** Everything the process printed. */
let printed = '';

beforeEach(async () => {
  token = await mintToken({ keys: tokenKeys, origin: pageOrigin, service: 'shop-web', env: 'prod' });
  printed = '';
  for (const name of ['log', 'warn', 'error', 'info', 'debug'] as const) {
    vi.spyOn(console, name).mockImplementation((...values: unknown[]) => {
      printed += `${values.map((value) => (value instanceof Error ? value.stack : JSON.stringify(value))).join(' ')}\n`;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** None of it may stand in a text; of a token the signature, as its claims are no secret. */
function expectClean(text: string, where: string): void {
  for (const secret of [apiKey, keyText, metricsSecret, otlpSecret, token, token.split('.')[2]!]) {
    expect(text.includes(secret), `${secret.slice(0, 8)}… in ${where}`).toBe(false);
  }
}

const text = '[[{"trace_id":7,"span_id":1,"service":"shop-web","name":"n","resource":"r","start":1795477916860123047,"duration":1}]]';
const body = (seq: number, over: object = {}): Uint8Array<ArrayBuffer> =>
  envelopeOf({ enc: 'identity', raw: text.length, seq, token, ...over }, new TextEncoder().encode(text));
const requests: readonly (() => Request)[] = [
  () => post(body(1)),
  () => post(body(2, { final: true })),
  () => post(body(3, { raw: 5 })),
  () => post(body(4, { service: 'other' })),
  () => post(body(5).slice(0, 400)),
  () => post(body(6), { authorization: `Bearer ${token}` }),
  () => post(body(7), { origin: `https://${token.slice(-20)}.example` }),
  () => post(body(8), {}, `?token=${token}`),
  () => post(body(9), {}, `?ddforward=${encodeURIComponent(`/api/v2/rum?dd-api-key=${apiKey}`)}`),
  () => new Request('http://proxy.test/metrics', { headers: { authorization: `Bearer ${metricsSecret}x` } }),
  () => new Request('http://proxy.test/metrics', { headers: { authorization: `Bearer ${metricsSecret}` } }),
  () => new Request('http://proxy.test/v0.4/traces', { method: 'PUT', body: text, headers: { authorization: `Bearer ${token}` } }),
  () => new Request('http://proxy.test/healthz'),
  () => new Request('http://proxy.test/t'),
];

function post(content: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, query = ''): Request {
  return new Request(`http://proxy.test/t${query}`, { method: 'POST', headers: { origin: pageOrigin, ...headers }, body: content });
}

/** Upstreams that show what they were sent, as proxies before an intake and debuggers do. */
const failures: Readonly<Record<string, typeof globalThis.fetch>> = {
  throws: async (_, init) => {
    throw new TypeError(`fetch failed: ${JSON.stringify([...new Headers(init?.headers)])}`);
  },
  'says it back': async (_, init) => new Response(JSON.stringify([...new Headers(init?.headers)]), { status: 500, statusText: apiKey }),
  refuses: async (_, init) => new Response(new Headers(init?.headers).get('dd-api-key'), { status: 400 }),
  redirects: async (_, init) =>
    new Response(null, { status: 302, headers: { location: `https://evil.example/?${new Headers(init?.headers).get('dd-api-key')}` } }),
  takes: async () => new Response('{}'),
};
const upstreams: Readonly<Record<string, (fetch: typeof globalThis.fetch) => IntakeProxyOptions['upstream']>> = {
  Datadog: (fetch) => datadogUpstream({ apiKey, unstable: true, fetch }),
  OTLP: (fetch) => otlpUpstream({ url: 'https://otlp.example', headers: { 'dd-api-key': apiKey, 'x-secret': otlpSecret }, fetch }),
  Agent: (fetch) => agentUpstream({ url: 'http://127.0.0.1:8126', fetch }),
};

for (const [name, upstream] of Object.entries(upstreams)) {
  test.each(Object.keys(failures))(`${name} %s: no secret in answers, logs, queue bodies and spool files`, async (how) => {
    const directory = await fs.mkdtemp(join(tmpdir(), 'edgespan-canary-'));
    try {
      const messages: Uint8Array[] = [];
      const queue = queueSpool({ send: async (message) => void messages.push(new Uint8Array(message)) });
      const kept = await openSpoolDirectory({ directory, fs });
      for (const way of [{}, { spool: queue }, kept] as Partial<IntakeProxyOptions>[]) {
        const logs: unknown[] = [];
        const proxy = createIntakeProxy({
          upstream: upstream(failures[how]!),
          allowOrigins: [pageOrigin],
          auth: hmacTokens({ keys: tokenKeys }),
          agentForm: true,
          metricsSecret,
          log: (entry) => void logs.push(entry),
          ...way,
        });
        const codes: string[] = [];
        for (const make of requests) {
          const answer = await proxy.fetch(make());
          const said = `${answer.status} ${answer.statusText} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
          expectClean(said, `the answer ${said}`);
          codes.push(said.slice(0, 3));
        }
        // What is in order went through the upstream, and what is not did not.
        expect(new Set(codes).size).toBeGreaterThan(3);
        expectClean(JSON.stringify(logs), 'the log');
      }
      for (const message of messages) expectClean(Buffer.from(message).toString('latin1'), 'a queue body');
      const isKept = how === 'throws' || how === 'says it back' || how === 'redirects';
      if (isKept) expect(messages.length).toBeGreaterThan(0);
      const files = await fs.readdir(directory, { recursive: true, withFileTypes: true });
      if (isKept) expect(files.some((file) => file.isFile())).toBe(true);
      for (const file of files.filter((each) => each.isFile())) {
        expectClean(await fs.readFile(join(file.parentPath, file.name), 'latin1'), `the file ${file.name}`);
        expectClean(file.name, 'a file name');
      }
      expectClean(printed, 'what was printed');
      await kept.spool.close?.();
    } finally {
      await fs.rm(directory, { recursive: true, force: true });
    }
  });
}

test('auth that fails with a token in its message says nothing of it', async () => {
  const logs: unknown[] = [];
  const auth = (_: Request, line: { token?: string | undefined }): never => {
    throw Object.assign(new Error(`no account for ${line.token}`), { name: `AuthError` });
  };
  const proxy = createIntakeProxy({
    upstream: async () => ({ status: 'ok' }),
    allowOrigins: [pageOrigin],
    auth,
    log: (entry) => void logs.push(entry),
  });
  const answer = await proxy.fetch(post(body(1)));
  expect(answer.status).toBe(503);
  expectClean((await answer.text()) + JSON.stringify(logs) + printed, 'answer or log');
});

test('set-up that is refused shows no key, with its stack', () => {
  const wrongs: readonly (() => unknown)[] = [
    () => hmacTokens({ keys: `k1:${keyText},k1:${keyText}` }),
    () => hmacTokens({ keys: `${keyText}` }),
    () => hmacTokens({ keys: `k1:${keyText}!` }),
    () => datadogUpstream({ apiKey, unstable: true, site: `${'x'} y` }),
    () => datadogUpstream({ apiKey, unstable: false }),
    () => datadogUpstream({ apiKey: `${apiKey} ${apiKey}`, unstable: true }),
    () => datadogUpstream({ apiKey, unstable: true, url: `http://user:${apiKey}@evil.example` }),
    () => agentUpstream({ url: `http://user:${apiKey}@agent:8126` }),
    () => otlpUpstream({ url: `http://collector.example/?key=${apiKey}`, headers: { 'dd-api-key': apiKey } }),
    () => environmentOptions({ EDGESPAN_UPSTREAM: 'none', DD_API_KEY: apiKey }),
    () => environmentOptions({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_AUTH: apiKey, EDGESPAN_TOKEN_KEYS: tokenKeys }),
    () => environmentOptions({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_AUTH: 'none', EDGESPAN_TOKEN_KEYS: tokenKeys }),
  ];
  let refusedCount = 0;
  for (const wrong of wrongs) {
    try {
      wrong();
    } catch (error) {
      refusedCount++;
      expectClean(`${(error as Error).message} ${(error as Error).stack}`, `the message of ${wrong}`);
    }
  }
  expect(refusedCount).toBeGreaterThan(9);
});
