import { expect, test } from 'vitest';
import { otlpUpstream } from '../../../../src/proxy/upstream/otlp.ts';
import { encodeOtlp } from '../../../../src/proxy/upstream/otlp-protobuf.ts';
import { toOtlpRequest } from '../../../../src/proxy/upstream/otlp-request.ts';
import { batch, served } from './served.ts';

const signal = (): AbortSignal => AbortSignal.timeout(5_000);

test('protobuf to /v1/traces by default, JSON by choice, keys in headers', async () => {
  await served(
    () => ({ body: '{}' }),
    async (url, got) => {
      expect(await otlpUpstream({ url, headers: { 'x-key': 'canary' } })(batch(), signal())).toEqual({ status: 'ok' });
      expect(await otlpUpstream({ url: `${url}/custom`, protocol: 'json' })(batch(), signal())).toEqual({ status: 'ok' });
      const [first, second] = got;
      expect([first?.method, first?.url, first?.headers['content-type'], first?.headers['x-key']]).toEqual([
        'POST',
        '/v1/traces',
        'application/x-protobuf',
        'canary',
      ]);
      expect(first?.body).toBe(Buffer.from(encodeOtlp(toOtlpRequest(batch()))).toString('latin1'));
      expect([second?.url, second?.headers['content-type']]).toEqual(['/custom', 'application/json']);
      expect(JSON.parse(Buffer.from(second!.body, 'latin1').toString())).toEqual(JSON.parse(JSON.stringify(toOtlpRequest(batch()))));
    },
  );
});

test('what a receiver answers', async () => {
  const outcome = async (status: number) => {
    let result: unknown;
    await served(
      () => ({ status, headers: { 'Retry-After': '3' } }),
      async (url) => {
        result = await otlpUpstream({ url })(batch(), signal());
      },
    );
    return result;
  };
  expect(await outcome(400)).toEqual({ status: 'rejected', code: 'upstream_400' });
  expect(await outcome(503)).toEqual({ status: 'retry', code: 'upstream_503', afterMillis: 3_000 });
});

test('spans that a receiver did not take are no success', async () => {
  const outcome = async (protocol: 'json' | 'protobuf', body: string | Buffer) => {
    let result: unknown;
    await served(
      () => ({ body }),
      async (url) => {
        result = await otlpUpstream({ url, protocol })(batch(), signal());
      },
    );
    return result;
  };
  expect(await outcome('json', '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}')).toEqual({
    status: 'ok',
    rejectedSpans: 1,
  });
  expect(await outcome('protobuf', Buffer.from([0x0a, 0x02, 0x08, 0x01]))).toEqual({ status: 'ok', rejectedSpans: 1 });
  // no more than were sent
  expect(await outcome('json', '{"partialSuccess":{"rejectedSpans":"900"}}')).toEqual({ status: 'ok', rejectedSpans: 1 });
  expect(await outcome('protobuf', '')).toEqual({ status: 'ok' });
});

test('misuse is said without showing a key', () => {
  expect(() => otlpUpstream({ url: 'http://collector:4318', headers: { 'x-key': 'canary' } })).toThrow('https, or http on this machine');
  expect(() => otlpUpstream({ url: 'http://127.0.0.1:4318', protocol: 'grpc' as never })).toThrow('current value is grpc');
  expect(() => otlpUpstream({ url: 'https://a.example', headers: { 'x-key': 'canary\n' + 'x' } })).toThrow(
    'current value of "x-key" is none',
  );
});
