import { expect, test } from 'vitest';
import { readBody } from '../../../src/proxy/read-body.ts';

const post = (body: BodyInit, headers: Record<string, string> = {}): Request =>
  new Request('http://proxy.test/t', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

test('reads a body whole, in however many pieces it comes', async () => {
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of [1, 2, 3]) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  expect(await readBody(post(pieces), 10, 1_000)).toEqual(new Uint8Array([1, 2, 3]));
  expect(await readBody(new Request('http://proxy.test/t', { method: 'POST' }), 10, 1_000)).toEqual(new Uint8Array(0));
});

test('stops at the limit, whatever Content-Length says, and lets go of the body', async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100)),
    cancel: () => {
      cancelled = true;
    },
  });
  expect(await readBody(post(endless), 1_000, 1_000)).toBe('request_too_large');
  await Promise.resolve();
  expect(cancelled).toBe(true);
  expect(await readBody(post('x', { 'Content-Length': '1001' }), 1_000, 1_000)).toBe('request_too_large');
});

test('does not wait for ever', async () => {
  expect(await readBody(post(new ReadableStream({ pull: () => new Promise(() => {}) })), 1_000, 20)).toBe('body_timeout');
});

test('a sender that goes away is no error of ours', async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('gone')) });
  expect(await readBody(post(broken), 1_000, 1_000)).toBe('body_aborted');
});
