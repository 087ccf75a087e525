import { expect, test } from 'vitest';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import type { IntakeProxyOptions } from '../../../src/proxy/options.ts';

const origin = 'https://shop.example';

function setUp(over: Partial<IntakeProxyOptions> = {}) {
  const got: [string, number, string | undefined][] = [];
  const proxy = createIntakeProxy({
    upstream: async () => expect.unreachable('handed on') as never,
    allowOrigins: [origin],
    auth: 'none',
    log: () => {},
    browserSdk: async (ddforward, body, _, address) => {
      got.push([ddforward, body.length, address]);
      return ddforward === '/no'
        ? { code: 'forward_not_allowed' }
        : ddforward === '/gone'
          ? { code: 'upstream_unreachable' }
          : { status: 202 };
    },
    ...over,
  });
  const send = (ddforward: string, headers: Record<string, string> = { Origin: origin }, body: BodyInit = 'abc') =>
    proxy.fetch(
      new Request(`http://proxy.test/t?ddforward=${encodeURIComponent(ddforward)}`, { method: 'POST', body, headers }),
      undefined,
      { clientAddress: '10.0.0.7' },
    );
  return { got, send };
}

test('the intake’s status comes back with CORS, without a word of it', async () => {
  const { got, send } = setUp();
  const answer = await send('/api/v2/rum?a=b');
  expect([answer.status, await answer.text(), answer.headers.get('access-control-allow-origin')]).toEqual([202, '', origin]);
  expect(got).toEqual([['/api/v2/rum?a=b', 3, '10.0.0.7']]);
});

test('refused: other origins, none, another target, too much, and everything where it was not asked for', async () => {
  const { got, send } = setUp();
  const of = async (answer: Promise<Response>) => [(await answer).status, await (await answer).text()];
  expect(await of(send('/x', { Origin: 'https://evil.example' }))).toEqual([403, '{"error":"origin_not_allowed"}']);
  expect(await of(send('/x', {}))).toEqual([403, '{"error":"server_not_allowed"}']);
  expect(await of(send('/x', { Origin: origin }, new Uint8Array(1_048_577)))).toEqual([413, '{"error":"request_too_large"}']);
  expect(got).toEqual([]);
  expect(await of(send('/no'))).toEqual([403, '{"error":"forward_not_allowed"}']);
  expect(await of(send('/gone'))).toEqual([503, '{"error":"upstream_unreachable"}']);
  const proxy = createIntakeProxy({ upstream: async () => ({ status: 'ok' }), allowOrigins: [origin], auth: 'none', log: () => {} });
  const answer = proxy.fetch(new Request('http://proxy.test/t?ddforward=x', { method: 'POST', body: 'x', headers: { Origin: origin } }));
  expect(await of(answer)).toEqual([404, '{"error":"not_found"}']);
  expect(await of(setUp({ rateLimit: () => 9 }).send('/x'))).toEqual([429, '{"error":"rate_limited"}']);
});
