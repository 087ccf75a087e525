// `edgespan/workers` in workerd: spans leave after the response, late ones too, and trouble of ours is not the handler's.
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare, Response as WorkerdResponse } from 'miniflare';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { DatadogSpan } from '../../src/datadog/datadog-span.ts';
import { readPosted } from '../contract/tracing-host.ts';

/** Spans leave after the response: a moment, or more where the machine is busy. */
const arriveMillis = 60_000;
let script = '';
let spans: DatadogSpan[] = [];
let workerd: Miniflare | undefined;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['test/e2e/workers-door/worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    write: false,
    logLevel: 'error',
  });
  script = outputFiles[0]?.text ?? '';
});

async function start(mode: string, compatibilityFlags: string[] = ['nodejs_als']): Promise<Miniflare> {
  spans = [];
  workerd = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script,
      compatibilityDate: '2026-07-01',
      compatibilityFlags,
      cf: false,
      bindings: { MODE: mode },
      serviceBindings: {
        async INTAKE(request: { arrayBuffer(): Promise<ArrayBuffer> }) {
          spans.push(...(await readPosted(await request.arrayBuffer())).chunks.flat());
          return new WorkerdResponse(null, { status: 202 });
        },
      },
    } as never),
  );
  await workerd.ready;
  return workerd;
}

afterEach(() => workerd?.dispose());

const resources = (): string[] => spans.map((span) => span.resource).sort();

test('a request’s spans leave after its response, named as the configuration by env says', async () => {
  const worker = await start('shop');
  const response = await worker.dispatchFetch('http://worker.test/orders');
  expect(await response.text()).toBe('ok');
  expect(response.headers.get('server-timing')).toBeNull();
  await expect.poll(resources, { timeout: arriveMillis }).toEqual(['named by the door', 'work']);
  expect(new Set(spans.map((span) => span.service))).toEqual(new Set(['shop']));
});

test('a span that ends in waitUntil, long after the response, leaves too', async () => {
  const worker = await start('shop');
  expect(await (await worker.dispatchFetch('http://worker.test/late')).text()).toBe('late');
  await expect.poll(resources, { timeout: arriveMillis }).toEqual(['late work', 'named by the door']);
  const late = spans.find((span) => span.resource === 'late work');
  const server = spans.find((span) => span.resource === 'named by the door');
  expect([late?.parentHigh, late?.parentLow]).toEqual([server?.spanHigh, server?.spanLow]);
});

test('a streamed body comes through as it is written, and the span at its tail leaves', async () => {
  const worker = await start('shop');
  expect(await (await worker.dispatchFetch('http://worker.test/stream')).text()).toBe('one two');
  await expect.poll(resources, { timeout: arriveMillis }).toEqual(['named by the door', 'stream tail']);
});

test('an exception of the handler is recorded and stays the handler’s', async () => {
  const worker = await start('shop');
  const response = await worker.dispatchFetch('http://worker.test/throw');
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('not today');
  await expect.poll(() => spans.length, { timeout: arriveMillis }).toBe(1);
  expect(spans[0]).toMatchObject({ error: 1, meta: { 'error.type': 'RangeError', 'error.message': 'not today' } });
});

test('scheduled runs are traced', async () => {
  const worker = await start('shop');
  await (await worker.getWorker()).scheduled({ cron: '0 3 * * *' });
  await expect.poll(() => spans.length, { timeout: arriveMillis }).toBe(2);
  expect(spans.map((span) => span.resource)).toContain('nightly');
});

test.each(['wrong', 'nothing'])('a configuration that is %s leaves the handler untraced and unharmed', async (mode) => {
  const worker = await start(mode);
  expect(await (await worker.dispatchFetch('http://worker.test/')).text()).toBe('ok');
  expect(spans).toEqual([]);
});

test('without AsyncLocalStorage the handler runs, and its own span leaves', async () => {
  const worker = await start('shop', []);
  expect(await (await worker.dispatchFetch('http://worker.test/')).text()).toBe('ok');
  await expect.poll(resources, { timeout: arriveMillis }).toContain('named by the door');
});

test('a hundred requests at once keep their spans apart', async () => {
  const worker = await start('shop');
  // Read as it comes: undici cancels a body that waits once the answer it came with, which miniflare wraps, is collected.
  await Promise.all(Array.from({ length: 100 }, async () => (await worker.dispatchFetch('http://worker.test/')).text()));
  await expect.poll(() => spans.length, { timeout: arriveMillis }).toBe(200);
  const traces = Map.groupBy(spans, (span) => `${span.traceHigh}:${span.traceLow}`);
  expect(traces.size).toBe(100);
  for (const trace of traces.values()) expect(trace.map((span) => span.resource).sort()).toEqual(['named by the door', 'work']);
});
