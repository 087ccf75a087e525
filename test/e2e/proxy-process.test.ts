// `edgespan proxy` as a process that is killed while its upstream is down.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../src/export/envelope.ts';
import { batch } from '../unit/proxy/upstream/served.ts';

const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
const spans: number[] = [];
let isUp = false;
const agent = createServer(async (incoming, outgoing) => {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  if (incoming.url === '/info') return outgoing.end('{}');
  if (!isUp) return outgoing.writeHead(503).end();
  for (const [span] of JSON.parse(Buffer.concat(parts).toString())) spans.push(span.span_id);
  return outgoing.end('{}');
});
let child: ChildProcess | undefined;

afterAll(() => {
  child?.kill('SIGKILL');
  agent.close();
  rmSync(directory, { recursive: true });
});

async function start(): Promise<string> {
  const { port } = agent.address() as AddressInfo;
  child = spawn(process.execPath, ['src/entries/cli.ts', 'proxy', '--port', '0'], {
    env: {
      ...process.env,
      DD_TRACE_AGENT_URL: `http://127.0.0.1:${port}`,
      EDGESPAN_AUTH: 'none',
      EDGESPAN_ALLOW_ORIGINS: 'https://shop.example',
      EDGESPAN_SPOOL_DIR: directory,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  return new Promise((resolve, reject) => {
    let printed = '';
    stdout!.on('data', (part: Buffer) => {
      printed += part;
      const [, found] = /intake {4}(\S+)\n/.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    });
    stdout!.once('end', () => reject(new Error(`the proxy ended before it listened: ${printed}`)));
  });
}

async function stop(signal: NodeJS.Signals): Promise<number | null> {
  const running = child!;
  const ended = new Promise<number | null>((resolve) => running.once('exit', resolve));
  running.kill(signal);
  return ended;
}

async function send(intake: string, seq: number): Promise<number> {
  const text = `[[{"service":"shop","name":"n","resource":"r","trace_id":5,"span_id":${seq + 1},"start":${Date.now()}000000,"duration":5,"error":0,"meta":{},"metrics":{"_sampling_priority_v1":1}}]]`;
  const body = formatEnvelopeLine({ ...batch().line, seq, raw: text.length }) + text;
  return (await fetch(intake, { method: 'POST', headers: { Origin: 'https://shop.example' }, body })).status;
}

test('what was answered with 202 outlives SIGKILL and reaches the Agent once, though its sender tries again', async () => {
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const seqs = Array.from({ length: 20 }, (_, index) => index);
  const first = await start();
  expect(await Promise.all(seqs.map((seq) => send(first, seq)))).toEqual(seqs.map(() => 202));
  await stop('SIGKILL');
  const second = await start();
  expect(await Promise.all(seqs.map((seq) => send(second, seq)))).toEqual(seqs.map(() => 202));
  expect(spans).toEqual([]);
  isUp = true;
  // The pause after many failures is half a minute at most.
  await expect.poll(() => spans.length, { timeout: 150_000, interval: 100 }).toBeGreaterThanOrEqual(20);
  expect(spans.toSorted((a, b) => a - b)).toEqual(seqs.map((seq) => seq + 1));
  expect(await stop('SIGTERM')).toBe(0);
  const third = await start();
  expect(await Promise.all(seqs.map((seq) => send(third, seq)))).toEqual(seqs.map(() => 202));
  expect(spans).toHaveLength(20);
  expect(await stop('SIGTERM')).toBe(0);
}, 240_000);
