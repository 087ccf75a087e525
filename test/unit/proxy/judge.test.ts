import { expect, test } from 'vitest';
import type { EnvelopeLine } from '../../../src/export/envelope.ts';
import { judgeLine, judgeOrigin, judgePayloadStart } from '../../../src/proxy/judge.ts';
import { type IntakeProxyOptions, resolveOptions } from '../../../src/proxy/options.ts';
import { batch } from './upstream/served.ts';

const config = (over: Partial<IntakeProxyOptions> = {}) =>
  resolveOptions({ upstream: async () => ({ status: 'ok' }), allowOrigins: ['https://shop.example'], auth: 'none', ...over });
const request = new Request('http://proxy.test/t');
const judge = (line: Partial<EnvelopeLine>, over: Partial<IntakeProxyOptions> = {}, bytes = batch().line.raw) =>
  judgeLine(request, { ...batch().line, ...line }, bytes, config(over));

test('who may send, from the head alone', () => {
  expect(judgeOrigin('https://shop.example', config())).toBeUndefined();
  expect(judgeOrigin('https://other.example', config())).toBe('origin_not_allowed');
  expect(judgeOrigin(null, config())).toBe('server_not_allowed');
  expect(judgeOrigin(null, config({ allowServers: true }))).toBeUndefined();
  expect(judgeOrigin(null, config({ auth: () => true }))).toBeUndefined();
});

test('sizes before anybody is asked', async () => {
  const never = { auth: () => expect.unreachable('asked') as never };
  expect(await judge({ raw: 2_097_153 }, never)).toEqual({ code: 'raw_too_large' });
  expect(await judge({ spans: 1_001 }, never)).toEqual({ code: 'too_many_spans' });
  expect(await judge({ spans: 0 }, never)).toEqual({ code: 'no_spans' });
  expect(await judge({}, never, 1)).toEqual({ code: 'raw_mismatch' });
});

test('what auth says is what the sender may do', async () => {
  expect(await judge({})).toEqual({ grant: {} });
  expect(await judge({}, { auth: async () => ({ service: 'shop', isServer: true }) })).toEqual({
    grant: { service: 'shop', isServer: true },
  });
  expect(await judge({}, { auth: () => false })).toEqual({ code: 'unauthorized' });
  await expect(
    judge(
      {},
      {
        auth: () => {
          throw new Error('down');
        },
      },
    ),
  ).rejects.toThrow('down');
});

test('gzip that went through a text decoder is named', () => {
  const start = (...bytes: number[]) => judgePayloadStart({ ...batch().line, enc: 'gzip' }, new Uint8Array(bytes));
  expect(start(0x1f, 0x8b, 8)).toBeUndefined();
  expect(start(0x1f, 0xef, 0xbf, 0xbd)).toBe('mangled_body');
  expect(start(0x5b, 0x5d)).toBe('bad_gzip');
  expect(judgePayloadStart(batch().line, new Uint8Array([0x5b]))).toBeUndefined();
});
