import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { fetchUpstream, maxReplyBytes, outcomeOf, outcomeOfError } from '../../../../src/proxy/upstream/fetch-upstream.ts';

const reply = (status: number, isHtml = false) => outcomeOf({ status, body: new Uint8Array(0), retryAfterMillis: undefined, isHtml });

test('reads 64 KiB of an endless reply and lets go of the rest', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(97)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const got = await fetchUpstream(async () => new Response(body, { headers: { 'Retry-After': '3' } }), 'http://a.test', {}, true);
  expect([got.body.length, got.retryAfterMillis, isCancelled]).toEqual([maxReplyBytes, 3_000, true]);
});

test('a body that nobody reads is let go of', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    cancel: () => {
      isCancelled = true;
    },
  });
  const got = await fetchUpstream(async () => new Response(body), 'http://a.test', {});
  expect([got.status, got.body.length, isCancelled]).toEqual([200, 0, false]);
  await expect.poll(() => isCancelled, { timeout: 15_000 }).toBe(true);
});

test('a body that nobody reads, and that comes after its headers, costs no connection', async () => {
  let connectionCount = 0;
  const server = createServer((_, outgoing) => {
    outgoing.flushHeaders();
    setTimeout(() => outgoing.end('{}'), 3);
  });
  server.on('connection', () => connectionCount++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    // The first run makes a connection. A body that is not at its end in time, on a busy machine, makes another: not in every run.
    const counts: number[] = [];
    while (counts.at(-1) !== 0 && counts.length < 10) {
      connectionCount = 0;
      for (let count = 0; count < 10; count++) {
        await fetchUpstream(fetch, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      counts.push(connectionCount);
    }
    expect(counts.at(-1), `connections of each run: ${counts}`).toBe(0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a body that breaks or stalls takes nothing from the status', async () => {
  const server = createServer((incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' }).write('{');
    if (incoming.url === '/breaks') setTimeout(() => outgoing.destroy(), 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    for (const path of ['/breaks', '/stalls']) {
      const startMillis = performance.now();
      const got = await fetchUpstream(fetch, base + path, { signal: AbortSignal.timeout(10_000) }, true);
      expect([path, got.status, got.body.length]).toEqual([path, 200, 0]);
      expect(performance.now() - startMillis).toBeLessThan(3_000);
    }
    const aborted = await fetchUpstream(fetch, `${base}/stalls`, { signal: AbortSignal.timeout(200) }, true);
    expect([aborted.status, aborted.body.length]).toEqual([200, 0]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('when to come again: seconds, or a date by the clock of who says it', async () => {
  const after = async (headers: Record<string, string>) =>
    (await fetchUpstream(async () => new Response(null, { status: 503, headers }), 'http://a.test', {})).retryAfterMillis;
  const date = (millis: number): string => new Date(millis).toUTCString();
  const theirs = Date.UTC(2020, 1, 1);
  expect(await after({ date: date(theirs), 'retry-after': date(theirs + 120_000) })).toBe(120_000);
  expect(await after({ 'retry-after': date(Date.now() + 120_000) })).toBeGreaterThan(110_000);
  expect(await after({ date: date(theirs), 'retry-after': date(theirs - 60_000) })).toBe(0);
  expect(await after({ date: date(theirs), 'retry-after': date(theirs + 1e9) })).toBe(3_600_000);
  for (const seconds of ['1000000000', '9'.repeat(400)]) expect(await after({ 'retry-after': seconds })).toBe(3_600_000);
  expect([await after({ 'retry-after': 'soon' }), await after({ 'retry-after': '2' }), await after({})]).toEqual([
    undefined,
    2_000,
    undefined,
  ]);
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
  for (const status of [200, 400, 413])
    expect(reply(status, true), 'a page of something in its place').toMatchObject({ status: 'retry', code: 'upstream_html' });
  expect([400, 413, 415, 422].map((status) => reply(status).status)).toEqual(Array(4).fill('rejected'));
  expect([0, 301, 401, 403, 404, 405, 408, 429, 500, 502, 503].map((status) => reply(status).status)).toEqual(Array(11).fill('retry'));
  expect(outcomeOfError(AbortSignal.abort())).toEqual({ status: 'retry', code: 'upstream_timeout' });
});
