// The sizes that README promises, and that the measured files alone do the whole work: every lazy chunk is refused here.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from 'miniflare';
import { afterEach, expect, test } from 'vitest';
import { measureSize, type SizeCase, sizeCases } from '../../scripts/measure-size.ts';
import { launch } from '../runtimes/launch.ts';

test.each(Object.values<SizeCase>(sizeCases).filter(({ limitBytes }) => limitBytes !== undefined))(
  '$name grows no further than $limitBytes B',
  async (sizeCase) => {
    const { gzipBytes, parts } = await measureSize(sizeCase);
    const { goalBytes = 0, limitBytes = 0, name } = sizeCase;
    if (gzipBytes > goalBytes)
      console.log(`${name}: ${gzipBytes} B, over its goal of ${goalBytes} B by ${gzipBytes - goalBytes} B (docs/size.md)`);
    expect(parts.length).toBeGreaterThan(3);
    expect(gzipBytes).toBeLessThanOrEqual(limitBytes);
  },
);

interface Envelope {
  line: { enc?: string; spans: number; raw: number };
  spanNames: string[];
}

const readEnvelope = (body: Buffer): Envelope => {
  const end = body.indexOf(10);
  const payload = body.subarray(end + 1);
  const line = JSON.parse(body.subarray(0, end).toString()) as Envelope['line'];
  const text = (line.enc === 'gzip' ? gunzipSync(payload) : payload).toString();
  return { line, spanNames: [...text.matchAll(/"(?:name|resource)":"([^"]+)"/g)].map(([, name]) => name ?? '') };
};

const bundledApi = async (): Promise<string> => {
  const entryPoints = ['@opentelemetry/api'];
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'esm', mainFields: ['module', 'main'] });
  return outputFiles[0]?.text ?? '';
};

let stop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stop.map((step) => step()));
  stop = [];
});

test('the browser’s file alone records, encodes, gzips and sends a span', async () => {
  const { files, lazy } = await measureSize(sizeCases.browser);
  const [entry] = files.keys();
  const page = `<!doctype html><script type="importmap">{"imports":{"@opentelemetry/api":"/api.js"}}</script>
<script type="module">
  import { trace } from '@opentelemetry/api';
  import { tracing } from '/${entry}';
  trace.getTracer('size').startSpan('measured').end();
  globalThis.outcome = await tracing.forceFlush();
</script>`;
  const served = new Map([...files].map(([name, text]) => [`/${name}`, text]));
  served.set('/api.js', await bundledApi());
  const refused: string[] = [];
  const bodies: Buffer[] = [];
  const server: Server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    if (request.method === 'POST') {
      bodies.push(Buffer.concat(await request.toArray()));
      response.writeHead(202).end();
    } else if (path === '/') response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    else if (served.has(path)) response.writeHead(200, { 'content-type': 'text/javascript' }).end(served.get(path));
    else {
      refused.push(path);
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop.push(() => new Promise((resolve) => server.close(resolve)));
  const browser = await launch('chromium');
  stop.push(() => browser.close());
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on('pageerror', (error) => errors.push(error.message));
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await tab.waitForFunction('globalThis.outcome !== undefined', undefined, { timeout: 60_000 });
  expect(await tab.evaluate('globalThis.outcome')).toMatchObject({ delivered: 1, dropped: 0 });
  expect(errors).toEqual([]);
  expect(bodies.map(readEnvelope)).toMatchObject([{ line: { enc: 'gzip', spans: 1 }, spanNames: expect.arrayContaining(['measured']) }]);
  for (const path of refused) expect([...Object.keys(lazy).map((name) => `/${name}`), '/favicon.ico']).toContain(path);
});

test('the Workers’ file alone records, encodes, gzips and sends a span', async () => {
  const { files } = await measureSize(sizeCases.workers);
  const bodies: Buffer[] = [];
  const intake = async (request: { arrayBuffer(): Promise<ArrayBuffer> }) => {
    bodies.push(Buffer.from(await request.arrayBuffer()));
    return new MiniflareResponse(null, { status: 202 });
  };
  const named = [...files, ['@opentelemetry/api', await bundledApi()] as const];
  const modules = named.map(([path, contents]) => ({ type: 'ESModule' as const, path, contents }));
  const options = {
    modules,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_als'],
    serviceBindings: { INTAKE: intake },
    cf: false,
  };
  const miniflare = new Miniflare(convertV4MiniflareOptions(options as unknown as Parameters<typeof convertV4MiniflareOptions>[0]));
  stop.push(() => miniflare.dispose());
  const response = await miniflare.dispatchFetch('http://worker.test/measured');
  expect(await response.text()).toBe('ok');
  for (let tries = 0; bodies.length === 0 && tries < 600; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(bodies.map(readEnvelope)).toMatchObject([{ line: { enc: 'gzip', spans: 1 } }]);
});
