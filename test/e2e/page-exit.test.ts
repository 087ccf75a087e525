// A page with 1,000 finished spans is left at once, in each way a page can be left: all of them arrive, without a preflight.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIntakeProxy, toNodeHandler } from 'edgespan/proxy';
import { build } from 'esbuild';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browsers } from '../runtimes/browsers.ts';
import { launch } from '../runtimes/launch.ts';

const spanCount = 1000;
/** Requests that leave with the page arrive after it is gone: a moment later, or more where the machine is busy. */
const arriveMillis = 60_000;

const received = new Map<string, number>();
const methods: string[] = [];
let overflow = 0;
let script = '';

const pageHtml = '<!doctype html><title>exit</title><script type="module" src="/page.js"></script>';

let origin = '';
// Known only when the server listens.
let intake = (_request: Request): Promise<Response> => Promise.reject(new Error('the server does not listen'));
const openIntake = (): typeof intake =>
  createIntakeProxy({
    upstream: async ({ line, chunks }) => {
      for (const span of chunks.flat()) received.set(span.resource, (received.get(span.resource) ?? 0) + 1);
      overflow += line.ledger.dropped.exit_overflow ?? 0;
      return { status: 'ok' };
    },
    allowOrigins: [origin],
    allowServers: true,
    auth: 'none',
    log: () => {},
  }).fetch;

const server = createServer(
  toNodeHandler(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/t') {
      methods.push(request.method);
      return intake(request);
    }
    if (pathname === '/page.js') return new Response(script, { headers: { 'content-type': 'text/javascript' } });
    return new Response(pathname === '/' ? pageHtml : 'gone', { headers: { 'content-type': 'text/html' } });
  }),
);

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { trace } from '@opentelemetry/api';
        import { gzip } from 'edgespan/gzip';
        import { register } from 'edgespan/browser';
        register({ service: 'exit', compression: gzip() });
        globalThis.leave = (label, how) => {
          const tracer = trace.getTracer('exit');
          const size = label.includes('large') ? 'x'.repeat(400) : '';
          for (let index = 0; index < ${spanCount}; index++) {
            const noise = size && Array.from({ length: 25 }, () => Math.random().toString(36)).join('');
            tracer.startSpan(label + ' ' + index, { attributes: { index, noise, userAgent: navigator.userAgent } }).end();
          }
          how?.();
        };
        globalThis.isReady = true;`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  script = outputFiles[0]?.text ?? '';
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  intake = openIntake();
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const engines = ['chromium', 'firefox'] as const;

const ways: Record<string, (page: Page, label: string) => Promise<unknown>> = {
  navigate: (page, label) => page.evaluate(`leave(${JSON.stringify(label)}, () => location.assign('/gone'))`),
  reload: (page, label) => page.evaluate(`leave(${JSON.stringify(label)}, () => location.reload())`),
  close: async (page, label) => {
    await page.evaluate(`leave(${JSON.stringify(label)})`);
    await page.close({ runBeforeUnload: true });
  },
};

function arrived(label: string): { once: number; twice: number } {
  const counts = [...received].filter(([resource]) => resource.startsWith(`${label} `)).map(([, count]) => count);
  return { once: counts.length, twice: counts.filter((count) => count > 1).length };
}

/** Firefox, closed through BiDi, lets nothing out that `pagehide` starts: neither Blob nor bytes, neither `fetch` nor beacon. */
const isBeyond = (engine: string, way: string): boolean => engine === 'firefox' && way === 'close';

for (const engine of engines) {
  for (const [way, leave] of Object.entries(ways)) {
    if (isBeyond(engine, way)) continue;
    test.skipIf(browsers()[engine] === undefined)(`${engine}: ${way} with ${spanCount} spans loses none`, async () => {
      const label = `${engine} ${way}`;
      const browser = await launch(engine);
      try {
        const page = await browser.newPage();
        await page.goto(`${origin}/`);
        await page.waitForFunction('globalThis.isReady === true');
        await leave(page, label).catch(() => {});
        await expect.poll(() => arrived(label), { timeout: arriveMillis }).toEqual({ once: spanCount, twice: 0 });
      } finally {
        await browser.close();
      }
    });
  }
}

test.skipIf(browsers().chromium === undefined)('what is too much for page exit is counted, and the receiver is told', async () => {
  const browser = await launch('chromium');
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/`);
    await page.waitForFunction('globalThis.isReady === true');
    overflow = 0;
    await ways['navigate']!(page, 'large').catch(() => {});
    await expect.poll(() => arrived('large').once + overflow, { timeout: arriveMillis }).toBe(spanCount);
    expect(overflow).toBeGreaterThan(0);
    expect(arrived('large').once).toBeGreaterThan(50);
  } finally {
    await browser.close();
  }
});

test('no preflight was sent', () => {
  expect([...new Set(methods)]).toEqual(['POST']);
});
