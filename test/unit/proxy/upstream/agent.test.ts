import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { agentUpstream } from '../../../../src/proxy/upstream/agent.ts';
import { batch, type Got, payloadText, type Reply, served } from './served.ts';

const info = (spanEvents: boolean): Reply => ({ body: JSON.stringify({ endpoints: ['/v0.4/traces'], span_events: spanEvents }) });
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

test('puts JSON under headers of its own, exact ids, events as a tag for an Agent that does not know them typed', async () => {
  await served(
    ({ url }) => (url === '/info' ? info(false) : { body: '{"rate_by_service":{}}' }),
    async (url, got) => {
      const upstream = agentUpstream({ url: `${url}/` });
      expect(await upstream(batch({ tracer: '0.1.0\r\nEvil: 1' }), signal())).toEqual({ status: 'ok' });
      const [, put] = got;
      expect([put?.method, put?.url]).toEqual(['PUT', '/v0.4/traces']);
      expect(put?.headers).toMatchObject({
        'content-type': 'application/json',
        'x-datadog-trace-count': '1',
        'datadog-meta-lang': 'javascript',
        'datadog-meta-tracer-version': '0.1.0Evil1',
        'datadog-client-computed-top-level': 'true',
      });
      for (const name of ['content-encoding', 'origin', 'cookie', 'x-forwarded-for', 'evil']) expect(put?.headers).not.toHaveProperty(name);
      expect(put?.body).toContain('"trace_id":18446744073709551615,"span_id":9007199254740993');
      expect(put?.body).toContain('\\"time_unix_nano\\":1727211691770716124');
      expect(put?.body).not.toContain('span_events');
    },
  );
});

test('events are typed where /info says so, which is asked once for many batches', async () => {
  await served(
    ({ url }) => (url === '/info' ? info(true) : {}),
    async (url, got) => {
      const upstream = agentUpstream({ url });
      const one = batch();
      for (let count = 0; count < 3; count++) await upstream(one, signal());
      expect(got.filter((request) => request.url === '/info')).toHaveLength(1);
      expect(got.at(-1)?.body).toContain(
        '"span_events":[{"name":"e","time_unix_nano":1727211691770716124,"attributes":{"n":{"type":2,"int_value":1},"list":{"type":4,"array_value":{"values":[{"type":0,"string_value":"a"}]}}}}]',
      );
      expect(one.chunks[0]![0]!.meta['events'], 'other upstreams read the same chunks').toBeDefined();
    },
  );
});

test('in MessagePack as well: /info is asked whatever the form', async () => {
  await served(
    ({ url }) => (url === '/info' ? info(true) : {}),
    async (url, got) => {
      const upstream = agentUpstream({ url, format: 'msgpack' });
      for (let count = 0; count < 2; count++) expect(await upstream(batch(), signal())).toEqual({ status: 'ok' });
      expect(got.map((request) => request.url)).toEqual(['/info', '/v0.4/traces', '/v0.4/traces']);
      const [[span]] = decode(Buffer.from(got[1]!.body, 'latin1'), { useBigInt64: true }) as [[Record<string, unknown>]];
      expect(span).toMatchObject({ span_events: [{ name: 'e', time_unix_nano: 1727211691770716124n }], meta: { note: 'é' } });
      expect(span['meta']).not.toHaveProperty('events');
    },
  );
});

test('an Agent that does not answer /info gets the form that all take, and is asked again later', async () => {
  const clock = { millis: 0 };
  let isUp = false;
  await served(
    ({ url }) => (url === '/info' ? (isUp ? info(true) : { status: 404 }) : {}),
    async (url, got) => {
      const upstream = agentUpstream({ url, now: () => clock.millis });
      await upstream(batch(), signal());
      isUp = true;
      await upstream(batch(), signal());
      expect(got.at(-1)?.body).not.toContain('span_events');
      clock.millis = 30_000;
      await upstream(batch(), signal());
      expect(got.at(-1)?.body).toContain('span_events');
    },
  );
});

test.each([
  [{ status: 400 }, { status: 'rejected', code: 'upstream_400' }],
  [{ status: 413 }, { status: 'rejected', code: 'upstream_413' }],
  [{ status: 403 }, { status: 'retry', code: 'upstream_403' }],
  [
    { status: 429, headers: { 'Retry-After': '7' } },
    { status: 'retry', code: 'upstream_429', afterMillis: 7_000 },
  ],
  [
    { status: 503, headers: { 'Retry-After': '999999' } },
    { status: 'retry', code: 'upstream_503', afterMillis: 3_600_000 },
  ],
  [
    { status: 503, headers: { 'Retry-After': 'soon' } },
    { status: 'retry', code: 'upstream_503' },
  ],
  [
    { status: 302, headers: { Location: 'http://127.0.0.1:1/' } },
    { status: 'retry', code: 'upstream_redirect' },
  ],
] as const)('%j means %j', async (reply, outcome) => {
  await served(
    ({ url }) => (url === '/info' ? info(false) : reply),
    async (url, got) => {
      expect(await agentUpstream({ url })(batch(), signal())).toEqual(outcome);
      expect(got.filter((request) => request.headers['content-type'] === 'application/json')).toHaveLength(1);
    },
  );
});

test('a reply of 10 MB is not read whole, an Agent that is gone or hangs is a reason to retry', async () => {
  await served(
    ({ url }) => (url === '/info' ? info(false) : { body: Buffer.alloc(10_000_000, 'x') }),
    async (url) => {
      expect(await agentUpstream({ url })(batch(), signal())).toEqual({ status: 'ok' });
    },
  );
  expect(await agentUpstream({ url: 'http://127.0.0.1:1' })(batch(), signal())).toEqual({ status: 'retry', code: 'upstream_unreachable' });
  await served(
    ({ url }) => (url === '/info' ? info(false) : new Promise(() => {})),
    async (url) => {
      expect(await agentUpstream({ url })(batch(), AbortSignal.timeout(100))).toEqual({ status: 'retry', code: 'upstream_timeout' });
    },
  );
});

test('a span that an Agent would not take is refused, not lost without a word', async () => {
  await served(
    ({ url }) => (url === '/info' ? info(false) : {}),
    async (url, got) => {
      const huge = payloadText.replace('"é"', JSON.stringify('x'.repeat(300_000)));
      expect(await agentUpstream({ url })(batch({}, huge), signal())).toEqual({ status: 'rejected', code: 'span_too_large' });
      expect(got.filter((request) => request.method === 'PUT')).toHaveLength(0);
    },
  );
});

test('a receiver that takes MessagePack only is found out once, and JSON is not tried on it again', async () => {
  const takesMessagePack = (request: Got): Reply =>
    request.url === '/info'
      ? info(false)
      : request.headers['content-type'] === 'application/msgpack'
        ? {}
        : { status: 500, body: 'invalid type: integer 91, expected a sequence' };
  await served(takesMessagePack, async (url, got) => {
    const upstream = agentUpstream({ url });
    expect([await upstream(batch(), signal()), await upstream(batch(), signal())]).toEqual([{ status: 'ok' }, { status: 'ok' }]);
    expect(got.filter((one) => one.method === 'PUT').map((one) => one.headers['content-type'])).toEqual([
      'application/json',
      'application/msgpack',
      'application/msgpack',
    ]);
    const [[span]] = decode(Buffer.from(got.at(-1)!.body, 'latin1'), { useBigInt64: true }) as [[Record<string, unknown>]];
    expect(span).toMatchObject({
      trace_id: 18446744073709551615n,
      span_id: 9007199254740993n,
      start: 1727211691770716123n,
      meta: { note: 'é', events: expect.stringContaining('1727211691770716124') },
    });
  });
});

test('one that refuses both says what it said to JSON, one that was told its form is not asked twice', async () => {
  await served(
    ({ url }) => (url === '/info' ? info(false) : { status: 400 }),
    async (url, got) => {
      expect(await agentUpstream({ url })(batch(), signal())).toEqual({ status: 'rejected', code: 'upstream_400' });
      expect(await agentUpstream({ url, format: 'json' })(batch(), signal())).toEqual({ status: 'rejected', code: 'upstream_400' });
      expect(await agentUpstream({ url, format: 'msgpack' })(batch(), signal())).toEqual({ status: 'rejected', code: 'upstream_400' });
      expect(got.filter((one) => one.method === 'PUT').map((one) => one.headers['content-type'])).toEqual([
        'application/json',
        'application/msgpack',
        'application/json',
        'application/msgpack',
      ]);
    },
  );
  expect(() => agentUpstream({ url: 'http://127.0.0.1:1', format: 'xml' as never })).toThrow('current value is xml');
});
