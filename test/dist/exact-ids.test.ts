// An id above 2^53 goes browser → proxy → viewer page unchanged. Proxy and viewer are the built command, under the Node that npm runs on,
// which may be as old as 20; the page is of another origin.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { launch } from '../runtimes/launch.ts';

const stops: (() => unknown)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

const node = process.env['npm_node_execpath'] ?? process.execPath;

/** Starts a command of the built package and resolves to the address that it prints. */
function startCommand(args: string[], env: Record<string, string> = {}): Promise<string> {
  const child: ChildProcess = spawn(node, ['dist/entries/cli.js', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  stops.push(() => child.kill('SIGKILL'));
  let output = '';
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`edgespan ${args[0]} ended with ${code}\n${output}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => {
        output += data;
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
        if (address) resolve(address);
      });
    }
  });
}

test('ids come out exact', async () => {
  const page = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>page</title>'),
  );
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  stops.push(() => page.close());
  const origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;

  const viewer = await startCommand(['dev', '--port', '0']);
  const proxy = await startCommand(['proxy', '--port', '0'], {
    EDGESPAN_UPSTREAM: 'viewer',
    EDGESPAN_VIEWER_URL: viewer,
    EDGESPAN_ALLOW_ORIGINS: origin,
    EDGESPAN_AUTH: 'none',
  });
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { trace } from '@opentelemetry/api';
        import { intake, register } from 'edgespan/browser';
        const tracing = register({ service: 'exact', exporter: intake({ url: ${JSON.stringify(`${proxy}/t`)} }) });
        const span = trace.getTracer('exact').startSpan('exact ids');
        span.end();
        globalThis.sent = tracing.forceFlush().then((result) => ({ ...result, ...span.spanContext() }));`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });

  const browser = await launch('chromium');
  stops.push(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(origin);
  await tab.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  const sent = await tab.evaluate<{ delivered: number; traceId: string; spanId: string }>('globalThis.sent');
  expect(sent.delivered).toBe(1);
  expect(BigInt(`0x${sent.spanId}`)).toBeGreaterThan(2n ** 53n);

  const answer = await fetch(`${viewer}/api/spans/${sent.traceId}/${sent.spanId}.json`);
  const text = await answer.text();
  expect(text).toContain(BigInt(`0x${sent.spanId}`).toString());
  expect(text).toContain(BigInt(`0x${sent.traceId.slice(16)}`).toString());

  await tab.goto(`${viewer}/#/trace/${sent.traceId}/${sent.spanId}`);
  await tab.getByText('exact ids').first().waitFor();
  expect(await tab.locator('body').innerText()).toContain(sent.traceId);
  expect(await tab.locator('body').innerText()).toContain(sent.spanId);
});
