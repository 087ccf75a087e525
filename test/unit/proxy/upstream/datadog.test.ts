import { expect, test } from 'vitest';
import { datadogUpstream, intakeHost } from '../../../../src/proxy/upstream/datadog.ts';
import { batch, fullBatch, payloadText, served } from './served.ts';

const apiKey = 'canary-key-0123456789';
const signal = (): AbortSignal => AbortSignal.timeout(5_000);
const warnings: string[] = [];
const make = (url: string) => datadogUpstream({ apiKey, unstable: true, url, warn: (message) => warnings.push(message) });

test('the shape that libdatadog sends: ids as hex, times as bare integers, events and links as tags', async () => {
  await served(
    () => ({ status: 202 }),
    async (url, got) => {
      expect(await make(url)(fullBatch(), signal())).toEqual({ status: 'ok' });
      const [one] = got;
      expect([one?.method, one?.url]).toEqual(['POST', '/api/v2/spans']);
      expect(one?.headers).toMatchObject({ 'content-type': 'application/json', 'dd-api-key': apiKey, 'x-datadog-trace-count': '1' });
      expect(one?.headers).not.toHaveProperty('content-encoding');
      const text = Buffer.from(one!.body, 'latin1').toString();
      expect(text).toContain('"start":1727211691770716123,"duration":1000000001');
      expect(text).toContain('\\"time_unix_nano\\":1727211691770716124');
      const { traces } = JSON.parse(text);
      expect(traces).toMatchObject([
        {
          env: 'prod',
          languageName: 'javascript',
          tracerVersion: '0.1.0',
          spans: [{ trace_id: 'ffffffffffffffff', span_id: '0020000000000001', parent_id: '0000000000000007', type: 'http', error: 1 }],
        },
      ]);
      const [span] = traces[0].spans;
      expect(span.meta).toMatchObject({
        '_dd.p.tid': '66f2b52b00000000',
        '_dd.compute_stats': '1',
        events: expect.any(String),
        '_dd.span_links': expect.any(String),
      });
      expect(span.metrics).not.toHaveProperty('_trace_root');
    },
  );
  expect(warnings.join()).toContain('does not document');
  expect(warnings.join()).not.toContain('canary');
});

test('a root asks for its statistics', async () => {
  await served(
    () => ({}),
    async (url, got) => {
      await make(url)(batch({}, payloadText), signal());
      expect(JSON.parse(Buffer.from(got[0]!.body, 'latin1').toString()).traces[0].spans[0].metrics).toMatchObject({
        _top_level: 1,
        _trace_root: 1,
      });
    },
  );
});

test('a span without a type has none, as in the bytes of libdatadog', async () => {
  await served(
    () => ({}),
    async (url, got) => {
      const one = batch();
      one.chunks[0]![0]!.type = '';
      await make(url)(one, signal());
      const [span] = JSON.parse(Buffer.from(got[0]!.body, 'latin1').toString()).traces[0].spans;
      expect(span).toHaveProperty('meta');
      expect(span).not.toHaveProperty('type');
    },
  );
});

test('events and links that find no room in their tags are counted', async () => {
  await served(
    () => ({}),
    async (url, got) => {
      const one = fullBatch();
      const [span] = one.chunks[0]!;
      const attributes = { long: 'x'.repeat(10_000) };
      span!.events = [1, 2, 3].map((seconds) => ({ ...span!.events![0]!, seconds, attributes }));
      span!.links = [1, 2, 3].map(() => ({ ...span!.links![0]!, attributes }));
      await make(url)(one, signal());
      const { meta, metrics } = JSON.parse(Buffer.from(got[0]!.body, 'latin1').toString()).traces[0].spans[0];
      expect([JSON.parse(meta.events).length, JSON.parse(meta['_dd.span_links']).length]).toEqual([2, 2]);
      expect(metrics).toMatchObject({ 'otel.dropped_events_count': 3, 'otel.dropped_links_count': 1 });
    },
  );
});

test('no request above 3 MB', async () => {
  const one = batch();
  const [span] = one.chunks[0]!;
  const chunks = Array.from({ length: 10 }, (_, index) => [{ ...span!, traceLow: index + 1, meta: { big: 'x'.repeat(700_000) } }]);
  await served(
    () => ({}),
    async (url, got) => {
      expect(await make(url)({ ...one, chunks }, signal())).toEqual({ status: 'ok' });
      expect(got.map((request) => JSON.parse(request.body).traces.length)).toEqual([2, 3, 2, 3]);
      expect(Math.max(...got.map((request) => request.body.length))).toBeLessThan(3_000_000);
    },
  );
});

test('one trace above 3 MB is several, each asks for its statistics under the trace’s tags', async () => {
  const one = batch();
  const [span] = one.chunks[0]!;
  const meta = { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-3', big: 'x'.repeat(9_000) };
  const chunk = Array.from({ length: 600 }, (_, index) => ({
    ...span!,
    spanLow: index + 1,
    meta: index === 0 ? meta : { big: meta.big },
    metrics: index === 0 ? span!.metrics : {},
  }));
  await served(
    () => ({}),
    async (url, got) => {
      expect(await make(url)({ ...one, chunks: [chunk] }, signal())).toEqual({ status: 'ok' });
      const parts = got.map((request) => JSON.parse(request.body).traces[0].spans);
      expect(parts.flat()).toHaveLength(600);
      for (const [first] of parts) {
        expect(first.meta).toMatchObject({ '_dd.compute_stats': '1', '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-3' });
        expect(first.metrics).toMatchObject({ _sampling_priority_v1: 1 });
      }
      expect(Math.max(...got.map((request) => request.body.length))).toBeLessThan(3_000_000);
    },
  );
});

test('a key that is refused is our fault, not the batch’s', async () => {
  await served(
    () => ({ status: 403 }),
    async (url) => {
      expect(await make(url)(batch(), signal())).toEqual({ status: 'retry', code: 'upstream_403' });
    },
  );
});

test('hosts by site', () => {
  expect(['datadoghq.com', 'datadoghq.eu', 'us3.datadoghq.com', 'ap1.datadoghq.com', 'ddog-gov.com'].map(intakeHost)).toEqual([
    'public-trace-http-intake.logs.datadoghq.com',
    'public-trace-http-intake.logs.datadoghq.eu',
    'trace.browser-intake-us3-datadoghq.com',
    'browser-intake-ap1-datadoghq.com',
    'browser-intake-ddog-gov.com',
  ]);
});

test('misuse is said without showing the key', () => {
  const warn = (): void => {};
  expect(() => datadogUpstream({ apiKey, unstable: false, warn })).toThrow('`unstable` must be true');
  expect(() => datadogUpstream({ apiKey: 'bad key\n', unstable: true, warn })).toThrow('`apiKey` must be a key: current value is none');
  expect(() => datadogUpstream({ apiKey, unstable: true, site: 'evil.example/x', warn })).toThrow('`site` must be a host');
  expect(() => datadogUpstream({ apiKey, unstable: true, url: 'http://127.0.0.1.evil.example', warn })).toThrow('`url` must be https');
});
