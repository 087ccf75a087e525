// The ready Worker in workerd, with Cloudflare's parts as miniflare has them: a Queue, a Durable Object.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../src/export/envelope.ts';
import { batch } from '../unit/proxy/upstream/served.ts';

const secret = '0123456789abcdef';
const spans: number[] = [];
let isUp = true;
const agent = createServer(async (incoming, outgoing) => {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  if (incoming.url === '/info') return outgoing.end('{"span_events":true}');
  await new Promise((resolve) => setTimeout(resolve, 100));
  if (!isUp) return outgoing.writeHead(503).end();
  for (const [span] of JSON.parse(Buffer.concat(parts).toString())) spans.push(span.span_id);
  return outgoing.end('{}');
});
let workerd: Miniflare;
let url: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const { outputFiles } = await build({
    entryPoints: ['src/entries/proxy/worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  workerd = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]!.text,
      compatibilityDate: '2026-07-01',
      compatibilityFlags: ['nodejs_als'],
      host: '127.0.0.1',
      port: 0,
      cf: false,
      bindings: {
        EDGESPAN_UPSTREAM: 'agent',
        DD_TRACE_AGENT_URL: `http://127.0.0.1:${(agent.address() as AddressInfo).port}`,
        EDGESPAN_ALLOW_ORIGINS: 'https://shop.example',
        EDGESPAN_AUTH: 'none',
        EDGESPAN_METRICS_SECRET: secret,
      },
      queueProducers: { SPOOL: 'spans' },
      queueConsumers: { spans: { maxBatchSize: 5, maxBatchTimeout: 1, maxRetries: 50 } },
      durableObjects: { DEDUPE: 'DedupeObject' },
    }),
  );
  url = await workerd.ready;
});

afterAll(async () => {
  await workerd.dispose();
  agent.close();
});

async function send(seq: number): Promise<number> {
  const text = `[[{"service":"shop","name":"n","resource":"r","trace_id":5,"span_id":${seq + 1},"start":${Date.now()}000000,"duration":5,"error":0,"meta":{},"metrics":{"_sampling_priority_v1":1}}]]`;
  const line = { ...batch().line, seq, raw: text.length };
  const answer = await fetch(new URL('/t', url), {
    method: 'POST',
    headers: { Origin: 'https://shop.example' },
    body: formatEnvelopeLine(line) + text,
  });
  return answer.status;
}

test('three of one batch at once, and one later, reach the Agent once', async () => {
  expect(await Promise.all([send(1), send(1), send(1)])).toEqual([202, 202, 202]);
  expect(await send(1)).toBe(202);
  expect(spans).toEqual([2]);
});

test('while the Agent is down the Queue keeps batches, and brings each of them once when it is back', async () => {
  isUp = false;
  expect(await Promise.all([2, 3, 4, 5].map(send))).toEqual([202, 202, 202, 202]);
  expect(spans).toEqual([2]);
  isUp = true;
  // A message that failed comes again up to ten seconds later, one that another had in hand up to thirty.
  await expect.poll(() => spans.length, { timeout: 150_000, interval: 200 }).toBeGreaterThanOrEqual(5);
  expect(spans.toSorted()).toEqual([2, 3, 4, 5, 6]);
}, 180_000);

test('counts of both, behind the secret', async () => {
  const ask = (bearer: string) => fetch(new URL('/metrics', url), { headers: { Authorization: `Bearer ${bearer}` } });
  expect((await ask('guess')).status).toBe(401);
  expect(await (await ask(secret)).text()).toContain('edgespan_spans_spooled_total 4\n');
});
