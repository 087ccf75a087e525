// What the viewer's empty page gives to paste, run as it stands: a trace comes of it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toNodeHandler } from '../../src/runtime/node-http.ts';
import { createTraceViewer } from '../../src/viewer/handler.ts';
import { startCode } from '../../src/viewer/page/start-code.ts';

// Inside the repository, whose own name `edgespan` is then.
const folder = resolve('.cache/start-code');
const viewer = createTraceViewer();
const server = createServer(toNodeHandler((request) => viewer.fetch(request)));

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  mkdirSync(folder, { recursive: true });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => viewer.clear());

/** Writes the tab's code down and starts it. */
function paste(tab: string, command: string, ...args: string[]): ChildProcess & { output(): string } {
  const { port } = server.address() as AddressInfo;
  const code = startCode(`http://127.0.0.1:${port}/t`).find(({ title }) => title === tab)?.code ?? '';
  writeFileSync(`${folder}/main.ts`, code);
  const env = { ...process.env, NO_COLOR: '1', DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0' };
  const child = spawn(resolve('node_modules/.bin', command), [...args, 'main.ts'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return Object.assign(child, { output: () => output });
}

const services = (): string[] => viewer.traces().flatMap(({ traceId }) => viewer.trace(traceId).map(({ service }) => service));

test.each([['node'], ['bun', 'run']])('Node, Bun: under %s', async (command, ...args) => {
  const child = paste('Node, Bun', command, ...args);
  await new Promise((closed) => child.once('close', closed));
  expect([child.output(), ...services()]).toEqual(['', 'orders']);
});

test('Deno: the page that is opened', async () => {
  // Deno asks a registry for `npm:`; here it shall be these sources.
  const imports = { 'npm:edgespan/deno': resolve('src/entries/deno.ts'), '@opentelemetry/api': 'npm:@opentelemetry/api@^1.9.0' };
  writeFileSync(`${folder}/deno.json`, JSON.stringify({ imports, nodeModulesDir: 'manual', lock: false }));
  const child = paste('Deno', 'deno', 'run', '-A');
  try {
    const address = (): string | undefined => /Listening on (\S+)/.exec(child.output())?.[1];
    await expect.poll(address, { timeout: 60_000 }).toBeDefined();
    await fetch(address()!).then((answer) => answer.text());
    await expect.poll(services, { timeout: 30_000 }).toEqual(['orders']);
  } finally {
    child.kill('SIGKILL');
  }
});
