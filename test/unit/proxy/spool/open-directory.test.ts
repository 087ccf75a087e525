import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../../../src/export/envelope.ts';
import { createIntakeProxy } from '../../../../src/proxy/handler.ts';
import { openSpoolDirectory } from '../../../../src/proxy/spool/open-directory.ts';
import type { Outcome } from '../../../../src/proxy/upstream/upstream.ts';
import { batch } from '../upstream/served.ts';

test('a proxy with a directory answers 202 while its upstream is down, and hands on once when it is back', async () => {
  const directory = await fs.mkdtemp(join(tmpdir(), 'proxy-'));
  const kept = await openSpoolDirectory({ directory, fs });
  let isUp = false;
  const got: number[] = [];
  const upstream = async ({ line }: { line: { seq: number } }): Promise<Outcome> => {
    if (!isUp) return { status: 'retry', code: 'upstream_503' };
    got.push(line.seq);
    return { status: 'ok' };
  };
  const proxy = createIntakeProxy({
    upstream,
    allowOrigins: [],
    allowServers: true,
    auth: 'none',
    log: () => {},
    rateLimit: 'none',
    ...kept,
  });
  const send = async (seq: number): Promise<number> => {
    const { line, payload } = batch({ seq });
    const body = Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]);
    return (await proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', body }))).status;
  };
  const statuses: number[] = [];
  for (const seq of [1, 2, 3, 2, 1]) statuses.push(await send(seq));
  expect(statuses).toEqual([202, 202, 202, 202, 202]);
  isUp = true;
  for (let count = 0; count < 1_500 && got.length < 3; count++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(got.sort()).toEqual([1, 2, 3]);
  await kept.spool.close!();
  await fs.rm(directory, { recursive: true });
});

test('a batch that is under way when it closes is on record before the next process gets the directory; what comes then is for that one', async () => {
  const directory = await fs.mkdtemp(join(tmpdir(), 'proxy-'));
  const old = await openSpoolDirectory({ directory, fs });
  let answer = (_outcome: Outcome): void => {};
  const upstream = new Promise<Outcome>((resolve) => {
    answer = resolve;
  });
  const taken = old.dedupe.once('a.1', () => upstream);
  const failing = old.dedupe.once('a.2', async () => {
    const outcome = await upstream;
    return (await old.spool.put(batch({ seq: 2 }))) ? outcome : { status: 'retry', code: 'spool_full' };
  });
  const closed = old.spool.close!();
  const opening = openSpoolDirectory({ directory, fs });
  const later = await old.dedupe.once('a.3', async () => expect.unreachable('taken while it closes') as never);
  expect(later).toEqual({ status: 'retry', code: 'closing', afterMillis: 1_000 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  answer({ status: 'ok' });
  expect([await taken, await failing]).toEqual([{ status: 'ok' }, { status: 'ok' }]);
  const next = await opening;
  await closed;
  expect(next.spool.size!().batches, 'what was kept last').toBe(1);
  for (const key of ['a.1', 'a.2']) {
    expect(await next.dedupe.once(key, async () => expect.unreachable(`${key} taken twice`) as never)).toEqual({ status: 'ok' });
  }
  expect(await old.dedupe.once('a.4', async () => expect.unreachable('taken without the lock') as never)).toEqual(later);
  await next.spool.close!();
  await fs.rm(directory, { recursive: true });
});

test('a directory that another process has taken over is said in the log and by /healthz', async () => {
  const directory = await fs.mkdtemp(join(tmpdir(), 'proxy-'));
  const kept = await openSpoolDirectory({ directory, fs });
  const logged: unknown[] = [];
  const proxy = createIntakeProxy({
    upstream: async () => ({ status: 'rejected', code: 'upstream_400' }),
    allowOrigins: [],
    allowServers: true,
    auth: 'none',
    log: (entry) => void logged.push(entry),
    ...kept,
  });
  const health = async (): Promise<unknown> => (await proxy.fetch(new Request('http://proxy.test/healthz'))).json();
  expect(await health()).toEqual({ status: 'ok' });
  await fs.writeFile(join(directory, 'lock'), 'of somebody else');
  for (let count = 0; count < 1_500 && logged.length === 0; count++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(logged).toEqual([{ level: 'error', event: 'spool_lost' }]);
  expect(await health()).toEqual({ status: 'degraded' });
  await kept.spool.close!();
  await fs.rm(directory, { recursive: true });
});
