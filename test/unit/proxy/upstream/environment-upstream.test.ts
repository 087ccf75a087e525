import { expect, test, vi } from 'vitest';
import { environmentUpstreams, text } from '../../../../src/proxy/upstream/environment-upstream.ts';
import { batch } from './served.ts';

test('named, or found by the address that is there', () => {
  expect(environmentUpstreams({ EDGESPAN_UPSTREAM: ' console , console ' })).toHaveLength(2);
  expect(environmentUpstreams({ DD_TRACE_AGENT_URL: 'http://127.0.0.1:8126' })).toHaveLength(1);
  expect(environmentUpstreams({ EDGESPAN_VIEWER_URL: 'http://127.0.0.1:4319' })).toHaveLength(1);
  expect(() => environmentUpstreams({})).toThrow(
    'EDGESPAN_UPSTREAM must name agent, otlp, datadog, viewer or console: current value is empty',
  );
  expect(() => environmentUpstreams({ DD_TRACE_AGENT_URL: 'unix:///apm.socket' })).toThrow('Unix sockets');
});

const signal = AbortSignal.timeout(20_000);

/** Where one batch goes, and under which headers, with a global fetch that goes nowhere. */
async function sent(env: Record<string, string>): Promise<{ url: string; headers: Record<string, string> }[]> {
  const requests: { url: string; headers: Record<string, string> }[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    requests.push({ url, headers: Object.fromEntries(new Headers(init.headers)) });
    return new Response();
  });
  try {
    for (const upstream of environmentUpstreams(env)) await upstream(batch(), signal);
  } finally {
    vi.unstubAllGlobals();
  }
  return requests;
}

test('the address of an OTLP receiver alone means one', async () => {
  expect(await sent({ EDGESPAN_OTLP_URL: 'http://127.0.0.1:4318' })).toMatchObject([{ url: 'http://127.0.0.1:4318/v1/traces' }]);
});

test('a key goes to Datadog’s own hosts alone', async () => {
  const keyAt = async (EDGESPAN_OTLP_URL: string): Promise<string | undefined> =>
    (await sent({ EDGESPAN_OTLP_URL, DD_API_KEY: 'canary-key' }))[0]?.headers['dd-api-key'];
  for (const url of [
    'https://otlp.datadoghq.com/v1/traces',
    'https://otlp.us3.datadoghq.com/v1/traces',
    'https://cloudflare.integrations.otlp.datadoghq.eu/v1/traces',
    'https://otlp.us2.ddog-gov.com/v1/traces',
  ]) {
    expect([url, await keyAt(url)]).toEqual([url, 'canary-key']);
  }
  for (const url of [
    'https://collector.example/v1/traces',
    'http://127.0.0.1:4318',
    'https://evilotlp.datadoghq.com/v1/traces',
    'https://otlp.datadoghq.com.evil.example/v1/traces',
    'https://otlp.datadoghq.evil.example/v1/traces',
    'https://evil.example/otlp.datadoghq.com',
    'https://otlp.us2.ddog-gov.evil.example/v1/traces',
    'https://otlp.datadoghq.com:8443/v1/traces',
    'https://trace.agent.datadoghq.com/v1/traces',
  ]) {
    expect([url, await keyAt(url)]).toEqual([url, undefined]);
  }
  expect(await sent({ EDGESPAN_UPSTREAM: 'otlp', DD_API_KEY: 'canary-key', DD_SITE: 'ap1.datadoghq.com' })).toMatchObject([
    { url: 'https://otlp.ap1.datadoghq.com/v1/traces', headers: { 'dd-api-key': 'canary-key', compute_stats: 'true' } },
  ]);
  // A site that is newer than this file: the one is Datadog's where the other is.
  expect(await sent({ EDGESPAN_UPSTREAM: 'otlp', DD_API_KEY: 'canary-key', DD_SITE: 'us2.ddog-gov.com' })).toMatchObject([
    { url: 'https://otlp.us2.ddog-gov.com/v1/traces', headers: { 'dd-api-key': 'canary-key' } },
  ]);
});

test('headers of another receiver, and no word of their values where they are wrong', async () => {
  const EDGESPAN_OTLP_URL = 'https://collector.example';
  expect(await sent({ EDGESPAN_OTLP_URL, EDGESPAN_OTLP_HEADERS: 'authorization=Bearer%20abc, X-Team = web ' })).toMatchObject([
    { headers: { authorization: 'Bearer abc', 'x-team': 'web' } },
  ]);
  for (const headers of ['canary', 'a=canary,', 'a=', 'a b=canary', 'a=canary%0d%0ab: c', 'a=%canary', 'a=canary\u0100']) {
    let message = '';
    try {
      environmentUpstreams({ EDGESPAN_OTLP_URL, EDGESPAN_OTLP_HEADERS: headers });
    } catch (error) {
      message = String(error);
    }
    expect(message, headers).toBe(
      'TypeError: Cannot configure the proxy as EDGESPAN_OTLP_HEADERS must be name=value, with commas between: current value is not',
    );
  }
  expect(() => environmentUpstreams({ EDGESPAN_OTLP_URL: 'http://collector:4318', EDGESPAN_OTLP_HEADERS: 'a=canary' })).toThrow(
    'https, or http on this machine',
  );
});

test.each(['otlp', 'datadog'])('a site that is none is refused for %s, before a key goes anywhere', (upstream) => {
  for (const DD_SITE of [
    'https://datadoghq.eu',
    'datadoghq.eu/x',
    'localhost',
    'a@b.example',
    'datadogh.eu',
    'datadoghq.com.evil.example',
  ]) {
    expect(() => environmentUpstreams({ EDGESPAN_UPSTREAM: upstream, DD_API_KEY: 'canary-key', DD_SITE })).toThrow(
      `Cannot configure the proxy as DD_SITE must be a site of Datadog's like datadoghq.eu: current value is ${DD_SITE}`,
    );
  }
});

test('blank is not set; what is no text is refused by name', () => {
  expect(text({ A: ' x ' }, 'A')).toBe('x');
  expect(text({ A: '  ' }, 'A')).toBeUndefined();
  expect(() => text({ A: { fetch: 1 } }, 'A')).toThrow('A must be text (a variable, or a secret): current value is a binding or an object');
});

test('an OTLP receiver of one’s own, or Datadog’s by key alone', () => {
  expect(environmentUpstreams({ EDGESPAN_UPSTREAM: 'otlp', EDGESPAN_OTLP_URL: 'http://127.0.0.1:4318' })).toHaveLength(1);
  expect(environmentUpstreams({ EDGESPAN_UPSTREAM: 'otlp', DD_API_KEY: 'canary-key', DD_SITE: 'datadoghq.eu' })).toHaveLength(1);
  expect(() => environmentUpstreams({ EDGESPAN_UPSTREAM: 'otlp' })).toThrow('needs EDGESPAN_OTLP_URL, or DD_API_KEY');
  expect(() => environmentUpstreams({ EDGESPAN_UPSTREAM: 'datadog' })).toThrow('needs DD_API_KEY');
});
