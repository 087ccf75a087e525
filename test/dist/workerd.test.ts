// Doors at the module scope of workerd itself, where clock, random, timers and I/O throw, at dates and flags that real Workers have.
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from 'miniflare';
import { expect, test } from 'vitest';
import { createUserFolder, workerdDoors } from './user-folder.ts';

interface Host {
  compatibilityDate: string;
  compatibilityFlags: string[];
}
const hosts: Host[] = [
  { compatibilityDate: '2023-03-01', compatibilityFlags: [] },
  { compatibilityDate: '2026-07-01', compatibilityFlags: [] },
  { compatibilityDate: '2026-07-01', compatibilityFlags: ['nodejs_als'] },
  { compatibilityDate: '2026-10-01', compatibilityFlags: [] },
];

async function bundle(folder: string, contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', 'cloudflare:*'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

interface Outgoing {
  url: string;
  line: Record<string, unknown>;
}

/** Starts workerd with this module, sends one request and returns the answer and what went out until workerd was told to stop. */
async function answerOf(script: string, host: Host) {
  const outgoing: Outgoing[] = [];
  const modules = [{ type: 'ESModule' as const, path: 'worker.mjs', contents: script }];
  const outboundService = async (request: { url: string; arrayBuffer(): Promise<ArrayBuffer> }) => {
    const text = Buffer.from(await request.arrayBuffer()).toString('latin1');
    outgoing.push({ url: request.url, line: JSON.parse(text.slice(0, text.indexOf('\n'))) as Record<string, unknown> });
    return new MiniflareResponse(null, { status: 202 });
  };
  const options = { ...host, modules, outboundService, cf: false };
  const miniflare = new Miniflare(convertV4MiniflareOptions(options as Parameters<typeof convertV4MiniflareOptions>[0]));
  try {
    const response = await miniflare.dispatchFetch('http://worker.test/orders');
    const text = await response.text();
    for (let tries = 0; outgoing.length === 0 && script.includes('intake.test') && tries < 600; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return { status: response.status, text, outgoing };
  } finally {
    await miniflare.dispose();
  }
}

test.each(hosts)('every door is imported at module scope ($compatibilityDate $compatibilityFlags)', async (host) => {
  const imports = workerdDoors.map((door, index) => `import * as door${index} from 'edgespan${door}';`).join('\n');
  const doors = workerdDoors.map((_, index) => `Object.keys(door${index}).length`).join();
  const folder = createUserFolder('workerd', {});
  const script = await bundle(folder, `${imports}\nexport default { fetch: () => Response.json([${doors}]) };`);
  const { status, text } = await answerOf(script, host);
  expect(status).toBe(200);
  const counts = JSON.parse(text) as number[];
  expect(workerdDoors.filter((_, index) => !counts[index])).toEqual([]);
});

test.each(hosts)('a handler made at module scope is traced ($compatibilityDate $compatibilityFlags)', async (host) => {
  const script = await bundle(
    createUserFolder('workerd', {}),
    `import { instrument, intake } from 'edgespan/workers';
const handler = { fetch: () => new Response('ok') };
export default instrument(handler, { service: 'orders', exporter: intake({ url: 'http://intake.test/t' }) });`,
  );
  const { text, outgoing } = await answerOf(script, host);
  expect(text).toBe('ok');
  expect(outgoing.map(({ url }) => url)).toEqual(['http://intake.test/t']);
  expect(outgoing[0]?.line).toMatchObject({ v: 1, spans: 1, service: 'orders', runtime: 'workerd' });
});
