import { expect, test } from 'vitest';
import { fetchUpstream, maxReplyBytes, outcomeOf, outcomeOfError } from '../../../../src/proxy/upstream/fetch-upstream.ts';

const reply = (status: number) => outcomeOf({ status, text: '', retryAfterMillis: undefined });

test('reads 64 KiB of an endless reply and lets go of the rest', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(97)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const got = await fetchUpstream(async () => new Response(body, { headers: { 'Retry-After': '3' } }), 'http://a.test', {});
  expect([got.text.length, got.retryAfterMillis, isCancelled]).toEqual([maxReplyBytes, 3_000, true]);
});

test('never follows a redirect', async () => {
  const seen: RequestInit[] = [];
  await fetchUpstream(
    async (_, init) => {
      seen.push(init!);
      return new Response();
    },
    'http://a.test',
    { method: 'PUT', redirect: 'follow' },
  );
  expect(seen[0]).toMatchObject({ method: 'PUT', redirect: 'manual' });
});

test('what answers mean', () => {
  expect([200, 202, 204].map((status) => reply(status).status)).toEqual(['ok', 'ok', 'ok']);
  expect([400, 413, 415, 422].map((status) => reply(status).status)).toEqual(Array(4).fill('rejected'));
  expect([0, 301, 401, 403, 404, 405, 408, 429, 500, 502, 503].map((status) => reply(status).status)).toEqual(Array(11).fill('retry'));
  expect(outcomeOfError(AbortSignal.abort())).toEqual({ status: 'retry', code: 'upstream_timeout' });
});
