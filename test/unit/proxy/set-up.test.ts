import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import type { ProxyLogEntry } from '../../../src/proxy/log.ts';
import type { IntakeProxyOptions } from '../../../src/proxy/options.ts';
import { openSpoolDirectory } from '../../../src/proxy/spool/open-directory.ts';
import { queueSpool } from '../../../src/proxy/spool/queue-spool.ts';
import type { Outcome, Upstream } from '../../../src/proxy/upstream/upstream.ts';
import { batch } from './upstream/served.ts';

const metricsSecret = '0123456789abcdef';

function setUp(upstream: Upstream, over: Partial<IntakeProxyOptions> = {}) {
  const logged: ProxyLogEntry[] = [];
  const background: Promise<unknown>[] = [];
  const proxy = createIntakeProxy({
    upstream,
    allowOrigins: [],
    allowServers: true,
    auth: 'none',
    metricsSecret,
    log: (entry) => logged.push(entry),
    ...over,
  });
  return {
    proxy,
    logged,
    background,
    async send(over: Parameters<typeof batch>[0] = {}): Promise<number> {
      const { line, payload } = batch(over);
      const body = Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]);
      const waitUntil = (promise: Promise<unknown>): void => void background.push(promise);
      return (await proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', body }), undefined, { waitUntil })).status;
    },
    async metrics(): Promise<string> {
      const headers = { authorization: `Bearer ${metricsSecret}` };
      return (await proxy.fetch(new Request('http://proxy.test/metrics', { headers }))).text();
    },
  };
}

const until = async (isTrue: () => boolean): Promise<void> => {
  for (let count = 0; count < 1_000 && !isTrue(); count++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isTrue()).toBe(true);
};

test('what a directory gives up is in the metrics and the log', async () => {
  const directory = await fs.mkdtemp(join(tmpdir(), 'proxy-'));
  const kept = await openSpoolDirectory({ directory, fs });
  const outcomes: Outcome[] = [{ status: 'retry', code: 'down' }];
  const { send, metrics, logged } = setUp(async () => outcomes.shift() ?? { status: 'rejected', code: 'span_too_large' }, kept);
  expect(await send()).toBe(202);
  expect(await metrics()).toMatch(/edgespan_spool_batches [01]\n/);
  await until(() => kept.spool.size!().batches === 0);
  expect(await metrics()).toContain('edgespan_spans_dropped_total{reason="spool_rejected"} 1');
  expect(logged).toContainEqual({ level: 'error', event: 'spool_rejected', code: 'span_too_large', spans: 1 });
  await kept.spool.close!();
  await fs.rm(directory, { recursive: true });
});

test('of a queue nobody says what it holds', async () => {
  const { metrics } = setUp(async () => ({ status: 'ok' }), { spool: queueSpool({ send: async () => {} }) });
  const text = await metrics();
  expect(text).toContain('edgespan_breaker_open 0');
  expect(text).not.toMatch(/spool_batches \d|spool_bytes \d/);
});

test('a last batch that its page replays while it is tried on goes upstream once, and is 202 only when it is there', async () => {
  const got: number[] = [];
  let isUp = false;
  const { send, background, metrics } = setUp(async ({ line }) => {
    if (!isUp) return { status: 'retry', code: 'upstream_503' };
    got.push(line.seq);
    return { status: 'ok' };
  });
  const final = { final: true, ledger: { notSampled: 7, dropped: {} } };
  expect(await send(final)).toBe(503);
  isUp = true;
  expect([await send({ ...final, attempt: 2 }), got]).toEqual([202, [1]]);
  await Promise.all(background);
  expect([await send({ ...final, attempt: 3 }), got]).toEqual([202, [1]]);
  expect(await metrics()).toContain('edgespan_client_not_sampled_spans_total 7\n');
});
