import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { mintToken } from '../../../src/proxy/mint-token.ts';
import { hmacTokens } from '../../../src/proxy/token.ts';
import { createTokenKey } from '../../../src/proxy/token-keys.ts';
import type { IntakeBatch, Outcome } from '../../../src/proxy/upstream/upstream.ts';
import { viewerUpstream } from '../../../src/proxy/upstream/viewer.ts';
import { createTraceViewer } from '../../../src/viewer/handler.ts';

const keys = createTokenKey('k1');
const span = (trace: number) => ({
  service: 'py',
  name: 'web.request',
  resource: 'GET /',
  trace_id: trace,
  span_id: 7,
  start: BigInt(Date.now()) * 1_000_000n,
  duration: 5,
  error: 0,
  meta: { mail: 'a@b.example', '_dd.hostname': 'h' },
  metrics: { _sampling_priority_v1: 2 },
});
const body = (traces = 1): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    encode(
      Array.from({ length: traces }, (_, index) => [span(index + 1)]),
      { useBigInt64: true },
    ),
  );

function setUp(outcome: Outcome | ((batch: IntakeBatch) => Outcome) = { status: 'ok' }) {
  const got: IntakeBatch[] = [];
  const upstream = async (batch: IntakeBatch): Promise<Outcome> => {
    got.push(batch);
    return typeof outcome === 'function' ? outcome(batch) : outcome;
  };
  const proxy = createIntakeProxy({
    upstream,
    allowOrigins: [],
    auth: hmacTokens({ keys }),
    agentForm: true,
    metricsSecret: keys,
    log: () => {},
  });
  const counted = async (): Promise<string[]> => {
    const text = await (
      await proxy.fetch(new Request('http://proxy.test/metrics', { headers: { Authorization: `Bearer ${keys}` } }))
    ).text();
    const found = text.matchAll(/spans_(?:dropped_total\{reason="(\w+)"\}|(accepted)_total) (\d+)/g);
    return [...found].map(([, reason, name, count]) => `${reason ?? name} ${count}`);
  };
  const send = (headers: Record<string, string>, sent: BodyInit = body()) =>
    proxy.fetch(
      new Request('http://proxy.test/v0.4/traces', {
        method: 'PUT',
        body: sent,
        headers: { 'Content-Type': 'application/msgpack', 'Datadog-Meta-Lang': 'python', ...headers },
      }),
    );
  return { got, counted, proxy, send };
}

const bearer = async (): Promise<Record<string, string>> => ({ Authorization: `Bearer ${await mintToken({ keys, server: true })}` });

test('a server’s token opens it; what a server says stays', async () => {
  const { got, send } = setUp();
  const answer = await send(await bearer());
  expect([answer.status, await answer.text()]).toEqual([200, '{"rate_by_service":{}}']);
  expect(got[0]?.line).toMatchObject({ lang: 'python', spans: 1, service: '' });
  expect(got[0]?.chunks[0]?.[0]).toMatchObject({
    meta: { mail: 'a@b.example', '_dd.hostname': 'h' },
    metrics: { _sampling_priority_v1: 2 },
  });
});

test('the scheme’s name is the same in any case', async () => {
  const { Authorization = '' } = await bearer();
  for (const scheme of ['bearer', 'BEARER'])
    expect((await setUp().send({ Authorization: Authorization.replace('Bearer', scheme) })).status, scheme).toBe(200);
});

test('service, env and version of a token hold, as no line says them', async () => {
  const { got, send } = setUp();
  const token = await mintToken({ keys, server: true, service: 'orders', env: 'prod', version: '7' });
  expect((await send({ Authorization: `Bearer ${token}` })).status).toBe(200);
  expect(got[0]).toMatchObject({
    line: { service: 'orders', env: 'prod', version: '7' },
    chunks: [[{ service: 'orders', meta: { env: 'prod', version: '7' } }]],
  });
});

const packed = (chunks: object[][]): Uint8Array<ArrayBuffer> => Uint8Array.from(encode(chunks, { useBigInt64: true }));

test('what an Agent mends is mended, what it drops alone is left out alone and counted', async () => {
  const { got, counted, send } = setUp();
  const large = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`k${index}`, 'x'.repeat(20_000)]));
  const chunks = [
    [{ ...span(1), duration: -5, meta_struct: { '_dd.stack': new Uint8Array([1, 2, 3]) } }],
    [span(2), span(3)],
    [{ ...span(4), meta: large }],
    [{ ...span(5), span_id: 0 }],
  ];
  expect((await send(await bearer(), packed(chunks))).status).toBe(200);
  expect(got.map(({ line }) => line.spans)).toEqual([1]);
  expect(got[0]?.chunks).toMatchObject([[{ traceLow: 1, durationSeconds: 0, durationNanos: 0, metaStruct: { '_dd.stack': 'AQID' } }]]);
  expect(await counted()).toEqual(['accepted 1', 'mixed_trace_ids 2', 'zero_id 1', 'oversize 1']);
  expect((await send(await bearer(), packed(chunks.slice(1)))).status, 'nothing left').toBe(200);
});

test('a value that only MessagePack has, behind which more bytes may be, refuses nobody’s request', async () => {
  const { got, counted, send } = setUp();
  const odd = { ...span(2), trace_id: -2n, resource: new TextEncoder().encode('SELECT 1'), metrics: { bad: Number.NaN, good: 1 } };
  const bytes = packed([[span(1)], [{ ...odd, meta: JSON.parse('{"__proto__":"x","a":"b"}') }]]);
  expect((await send(await bearer(), Uint8Array.of(...bytes, 0))).status).toBe(200);
  expect(got[0]?.chunks).toMatchObject([[{ traceLow: 1 }], [{ traceLow: 0xfffffffe, resource: 'SELECT 1' }]]);
  expect([got[0]?.chunks[1]?.[0]?.meta, got[0]?.chunks[1]?.[0]?.metrics]).toEqual([{ a: 'b' }, { good: 1, '_dd.top_level': 1 }]);
  expect(await counted()).toEqual(['accepted 2']);
});

test('where a tracer did not mark its top-level spans, they are marked as an Agent marks them, before anything is cut', async () => {
  const { got, send } = setUp();
  const spans = Array.from({ length: 1_500 }, (_, index) => ({ ...span(1), span_id: index + 1, parent_id: Math.min(index, 1) }));
  for (const header of ['', 'false', 'yes', 'true']) {
    const headers = header === '' ? {} : { 'Datadog-Client-Computed-Top-Level': header };
    expect((await send({ ...(await bearer()), ...headers }, packed([spans]))).status).toBe(200);
    const found = got.splice(0).flatMap(({ chunks }) => chunks.flat());
    const marked = found.filter(({ metrics }) => metrics['_dd.top_level'] === 1).map(({ spanLow }) => spanLow);
    expect([header, found.length, marked]).toEqual([header, 1_500, header === 'yes' || header === 'true' ? [] : [1]]);
  }
});

test('no token, no entry; no pages', async () => {
  const { got, send } = setUp();
  expect((await send({})).status).toBe(401);
  expect((await send({ Authorization: 'Bearer nonsense' })).status).toBe(401);
  expect((await send({ ...(await bearer()), Origin: 'https://shop.example' })).status).toBe(403);
  expect((await send(await bearer(), 'nonsense')).status).toBe(422);
  expect((await send(await bearer(), new Uint8Array(10_485_761))).status).toBe(413);
  expect(got).toEqual([]);
});

test('many spans become several batches, an upstream that is down is said', async () => {
  const { got, send } = setUp();
  expect((await send(await bearer(), body(2_500))).status).toBe(200);
  expect(got.map((one) => one.line.spans)).toEqual([1_000, 1_000, 500]);
  expect((await setUp({ status: 'retry', code: 'upstream_503' }).send(await bearer())).status).toBe(503);
  expect((await setUp({ status: 'rejected', code: 'span_too_large' }).send(await bearer())).status).toBe(422);
});

test('of several batches, one that the upstream refuses keeps none back and is counted; where all are refused, the request is', async () => {
  let refusedSeqs: number[] = [1, 3];
  const answer = ({ line }: IntakeBatch): Outcome =>
    refusedSeqs.includes(line.seq) ? { status: 'rejected', code: 'span_too_large' } : { status: 'ok' };
  const { got, counted, send } = setUp(answer);
  expect((await send(await bearer(), body(3_500))).status).toBe(200);
  expect(got.map(({ line }) => line.spans)).toEqual([1_000, 1_000, 1_000, 500]);
  expect(await counted()).toEqual(['accepted 2000', 'upstream_partial 1500']);
  refusedSeqs = [0, 1, 2, 3];
  const refusal = await send(await bearer(), body(3_500));
  expect([refusal.status, await refusal.text()]).toEqual([422, '{"error":"span_too_large"}']);
  expect(await counted()).toEqual(['accepted 2000', 'upstream_partial 1500']);
});

test('one of several batches that fails keeps none back; a request that is sent again brings those that were taken no second time', async () => {
  let isDown = true;
  const answer = ({ line }: IntakeBatch): Outcome =>
    line.seq === 1 && isDown ? { status: 'retry', code: 'upstream_503' } : { status: 'ok' };
  const { got, counted, send } = setUp(answer);
  expect((await send(await bearer(), body(2_500))).status).toBe(503);
  expect(await counted()).toEqual(['accepted 1500']);
  isDown = false;
  expect((await send(await bearer(), body(2_500))).status).toBe(200);
  expect(got.map(({ line }) => line.seq)).toEqual([0, 1, 2, 1]);
  expect(await counted()).toEqual(['accepted 2500']);
});

test('an upstream that says when to come again is not asked for the rest', async () => {
  const { got, send } = setUp({ status: 'retry', code: 'upstream_429', afterMillis: 60_000 });
  const answer = await send(await bearer(), body(2_500));
  expect([answer.status, answer.headers.get('retry-after'), got.length]).toEqual([429, '60', 1]);
});

test('a viewer behind it gets an envelope', async () => {
  const viewer = createTraceViewer();
  const proxy = createIntakeProxy({
    upstream: viewerUpstream({ handler: viewer.fetch }),
    allowOrigins: [],
    auth: () => true,
    agentForm: true,
    log: () => {},
  });
  const answer = await proxy.fetch(
    new Request('http://proxy.test/v0.4/traces', { method: 'PUT', body: body(), headers: { Authorization: 'Bearer x' } }),
  );
  expect([answer.status, viewer.traces().length]).toEqual([200, 1]);
});

test('is not there where it was not asked for, and not without tokens', async () => {
  const options = { upstream: async (): Promise<Outcome> => ({ status: 'ok' }), allowOrigins: ['https://shop.example'], log: () => {} };
  const proxy = createIntakeProxy({ ...options, auth: hmacTokens({ keys }) });
  for (const [path, method] of [
    ['/v0.4/traces', 'PUT'],
    ['/info', 'GET'],
  ] as const) {
    expect((await proxy.fetch(new Request(`http://proxy.test${path}`, { method, headers: await bearer() }))).status).toBe(404);
  }
  expect(() => createIntakeProxy({ ...options, auth: 'none', agentForm: true })).toThrow('`agentForm` must be false beside `auth` none');
  expect((await setUp().proxy.fetch(new Request('http://proxy.test/info'))).status).toBe(200);
});
