import { expect, test } from 'vitest';
import { browserSdkForward } from '../../../../src/proxy/upstream/ddforward.ts';
import { served } from './served.ts';

const token = `pub${'0123456789abcdef'.repeat(2)}`;
const query = (over: Record<string, string> = {}): string =>
  `${new URLSearchParams({ ddsource: 'browser', 'dd-api-key': token, 'dd-evp-origin-version': '7.9.0', 'dd-evp-origin': 'browser', 'dd-request-id': 'a-b', ...over })}`;
const body = new Uint8Array([1, 2, 255]);

test('path and known keys travel on, built anew; body as it is; of headers none', async () => {
  await served(
    () => ({ status: 202, body: 'secret words' }),
    async (url, got) => {
      const forward = browserSdkForward({ clientTokens: [token], url });
      expect(
        await forward(
          `/api/v2/rum?${query({ evil: '1', batch_time: '17', 'dd-evp-encoding': 'deflate' })}`,
          body,
          'text/plain',
          '10.0.0.7',
        ),
      ).toEqual({ status: 202 });
      const [one] = got;
      expect(one?.url).toBe(
        `/api/v2/rum?ddsource=browser&dd-api-key=${token}&dd-evp-origin-version=7.9.0&dd-evp-origin=browser&dd-request-id=a-b&dd-evp-encoding=deflate&batch_time=17`,
      );
      expect(Buffer.from(one!.body, 'latin1')).toEqual(Buffer.from(body));
      expect(one?.headers).toMatchObject({ 'content-type': 'text/plain;charset=UTF-8', 'x-forwarded-for': '10.0.0.7' });
      expect(one?.headers).not.toHaveProperty('cookie');
    },
  );
});

test.each([
  `https://evil.example/api/v2/rum?${query()}`,
  `//evil.example/api/v2/rum?${query()}`,
  `@evil.example/api/v2/rum?${query()}`,
  `.evil.example/api/v2/rum?${query()}`,
  `/api/v2/rum/../spans?${query()}`,
  `/api/v2/rum%2f..?${query()}`,
  `/api/v2/spans?${query()}`,
  `/api/v2/rum?${query({ 'dd-api-key': `pub${'f'.repeat(32)}` })}`,
  '/api/v2/rum',
  `/api/v2/rum?${query()}?x`,
  `/api/v2/rum?${query({ ddsource: 'x'.repeat(3_000) })}`,
])('%s goes nowhere', async (ddforward) => {
  await served(
    () => ({}),
    async (url, got) => {
      expect(await browserSdkForward({ clientTokens: [token], url })(ddforward, body, null, undefined)).toEqual({
        code: 'forward_not_allowed',
      });
      expect(got).toEqual([]);
    },
  );
});

test('a redirect is not followed, an intake that is gone is said', async () => {
  await served(
    () => ({ status: 302, headers: { Location: 'http://127.0.0.1:1/' } }),
    async (url) => {
      expect(await browserSdkForward({ clientTokens: [token], url })(`/api/v2/logs?${query()}`, body, null, undefined)).toEqual({
        code: 'upstream_redirect',
      });
    },
  );
  expect(
    await browserSdkForward({ clientTokens: [token], url: 'http://127.0.0.1:1' })(`/api/v2/logs?${query()}`, body, null, undefined),
  ).toEqual({ code: 'upstream_unreachable' });
});

test('the intake of the site, by default of datadoghq.com', async () => {
  const hosts: string[] = [];
  const fetch = async (input: RequestInfo | URL): Promise<Response> => {
    hosts.push(new URL(String(input)).host);
    return new Response();
  };
  for (const site of [undefined, 'datadoghq.eu', 'us3.datadoghq.com'])
    await browserSdkForward({ clientTokens: [token], fetch, ...(site && { site }) })(`/api/v2/rum?${query()}`, body, null, undefined);
  expect(hosts).toEqual(['browser-intake-datadoghq.com', 'browser-intake-datadoghq.eu', 'browser-intake-us3-datadoghq.com']);
});

test('misuse is said', () => {
  expect(() => browserSdkForward({ clientTokens: [] })).toThrow('`clientTokens` must be client tokens');
  expect(() => browserSdkForward({ clientTokens: ['canary'] })).toThrow('current value holds another');
  expect(() => browserSdkForward({ clientTokens: [token], site: 'evil.example/' })).toThrow('`site` must be a host');
});
