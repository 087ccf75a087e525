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
  for (let count = 0; count < 1_000 && got.length < 3; count++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(got.sort()).toEqual([1, 2, 3]);
  await kept.spool.close!();
  await fs.rm(directory, { recursive: true });
});
