import { expect, test } from 'vitest';
import { viewerUpstream } from '../../../../src/proxy/upstream/viewer.ts';
import { createTraceViewer } from '../../../../src/viewer/handler.ts';
import { batch, payloadText, served } from './served.ts';

const signal = (): AbortSignal => AbortSignal.timeout(5_000);

test('sends the line without token and the payload as it came', async () => {
  await served(
    () => ({ status: 202 }),
    async (url, got) => {
      expect(await viewerUpstream({ url })(batch({ token: 'secret' }), signal())).toEqual({ status: 'ok' });
      const [one] = got;
      const [line, ...payload] = Buffer.from(one!.body, 'latin1').toString().split('\n');
      expect([one?.method, one?.url]).toEqual(['POST', '/t']);
      expect(JSON.parse(line!)).toMatchObject({ client: batch().line.client, seq: 1 });
      expect(line).not.toContain('secret');
      expect(payload.join('\n')).toBe(payloadText);
    },
  );
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
