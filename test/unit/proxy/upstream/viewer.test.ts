import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeTraces } from '../../../../src/datadog/decode.ts';
import { viewerUpstream } from '../../../../src/proxy/upstream/viewer.ts';
import { createTraceViewer } from '../../../../src/viewer/handler.ts';
import { batch, served } from './served.ts';

const signal = (): AbortSignal => AbortSignal.timeout(5_000);

test('sends the client’s line without token, and of the spans what it was given, not what came', async () => {
  await served(
    () => ({ status: 202 }),
    async (url, got) => {
      const one = batch({ token: 'secret', spans: 7, raw: 7 });
      one.chunks[0]![0]!.meta['note'] = 'a secret was taken out';
      expect(await viewerUpstream({ url })(one, signal())).toEqual({ status: 'ok' });
      const [envelope] = got;
      expect([envelope?.method, envelope?.url]).toEqual(['POST', '/t']);
      const body = Buffer.from(envelope!.body, 'latin1');
      const end = body.indexOf(10);
      const line = JSON.parse(body.toString('utf8', 0, end));
      const raw = gunzipSync(body.subarray(end + 1));
      expect(line).toMatchObject({
        client: batch().line.client,
        seq: 1,
        spans: 1,
        raw: raw.length,
        enc: 'gzip',
        sentAt: batch().line.sentAt,
      });
      expect(line).not.toHaveProperty('token');
      expect(decodeTraces(raw.toString())).toMatchObject([[{ meta: { note: 'a secret was taken out' } }]]);
    },
  );
});

test('a batch above a request’s size is several, and a viewer shows them all', async () => {
  const viewer = createTraceViewer();
  const one = batch();
  const [span] = one.chunks[0]!;
  const chunks = Array.from({ length: 20 }, (_, index) => [
    { ...span!, traceLow: index + 1, meta: { noise: randomBytes(9_000).toString('hex') } },
  ]);
  const sizes: number[] = [];
  const handler = async (request: Request): Promise<Response> => {
    sizes.push((await request.clone().arrayBuffer()).byteLength);
    return viewer.fetch(request);
  };
  const upstream = viewerUpstream({ handler });
  for (let count = 0; count < 2; count++) expect(await upstream({ ...one, chunks }, signal())).toEqual({ status: 'ok' });
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(131_072);
  expect(viewer.traces()).toHaveLength(20);
});

test('what a queue made two messages of is shown whole', async () => {
  const viewer = createTraceViewer();
  const one = batch();
  const [span] = one.chunks[0]!;
  const part = (traceLow: number) => [[{ ...span!, traceLow }]];
  const upstream = viewerUpstream({ handler: viewer.fetch });
  for (const traceLow of [1, 2, 2]) expect(await upstream({ ...one, chunks: part(traceLow) }, signal())).toEqual({ status: 'ok' });
  expect(viewer.traces().map(({ spans }) => spans)).toEqual([1, 1]);
});

test('a path that is given is kept', async () => {
  await served(
    () => ({ status: 202 }),
    async (url, got) => {
      await viewerUpstream({ url: `${url}/somewhere` })(batch(), signal());
      expect(got[0]?.url).toBe('/somewhere');
    },
  );
});

test('a viewer in this process shows the span', async () => {
  const viewer = createTraceViewer();
  expect(await viewerUpstream({ handler: viewer.fetch })(batch(), signal())).toEqual({ status: 'ok' });
  expect(viewer.traces()).toMatchObject([{ spans: 1, root: { service: 'shop' } }]);
});

test('a viewer that is gone is a reason to retry', async () => {
  expect(await viewerUpstream({ url: 'http://127.0.0.1:1' })(batch(), signal())).toEqual({ status: 'retry', code: 'upstream_unreachable' });
});

test('one of url and handler', () => {
  expect(() => viewerUpstream({})).toThrow('one of `url` and `handler` must be given');
  expect(() => viewerUpstream({ url: 'http://evil.example' })).toThrow('private network');
});
