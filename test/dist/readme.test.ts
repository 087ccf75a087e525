// The README's own lines for Deno, run as they stand against the packed package.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseEnvelopeLine } from '../../src/export/envelope-parse.ts';

const readme = readFileSync('README.md', 'utf8');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'edgespan-readme-')));
const services: string[] = [];
const intake = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const parsed = parseEnvelopeLine(new Uint8Array(Buffer.concat(parts)));
    if (parsed.error === undefined) services.push(parsed.line.service);
    response.writeHead(202).end();
  });
});

/** Code of the block that holds this text. */
function block(text: string): string {
  const found = [...readme.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, code]) => code ?? '').find((code) => code.includes(text));
  if (found === undefined) throw new Error(`The README has no block with ${text}`);
  return found;
}

beforeAll(async () => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: 'dist' });
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{"name":"readme","private":true,"type":"module"}');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '@opentelemetry/api@1.9.1', `./${tarball}`], {
    cwd: folder,
  });
  // As an installation from a registry would write it: Deno finds `npm:` packages by what the manifest asks for.
  const { version } = JSON.parse(readFileSync('dist/package.json', 'utf8'));
  const dependencies = { edgespan: `^${version}`, '@opentelemetry/api': '^1.9.1' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'readme', private: true, type: 'module', dependencies }));
  await new Promise<void>((listening) => intake.listen(0, '127.0.0.1', listening));
});
afterAll(() => {
  intake.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Runs a `deno run` line of the README in the folder, asks the server it starts, and ends it. */
async function serveOnce(line: string): Promise<void> {
  const port = await freePort();
  const [, ...args] = line.split(' ');
  const child = spawn(resolve('node_modules/.bin/deno'), args, {
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: '1',
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
      DD_SERVICE: 'orders',
      EDGESPAN_INTAKE_URL: `http://127.0.0.1:${(intake.address() as AddressInfo).port}/t`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  try {
    const answered = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
    await expect.poll(() => answered().catch(() => output), { timeout: 60_000, interval: 200 }).toBe('hello');
    await expect.poll(() => services.length, { timeout: 30_000 }).toBeGreaterThan(0);
  } finally {
    child.kill('SIGKILL');
  }
}

test('the five lines for Deno, with the `deno run` line below them', async () => {
  services.length = 0;
  writeFileSync(join(folder, 'main.ts'), block("from 'npm:edgespan/deno'"));
  await serveOnce(block('deno run --allow-net').trim());
  expect(services[0]).toBe('orders');
});

test('the line that preloads the registration', async () => {
  services.length = 0;
  const line = /`(deno run [^`]*--preload[^`]*)`/.exec(readme)?.[1] ?? '';
  writeFileSync(
    join(folder, 'main.ts'),
    "import { withSpan } from 'npm:edgespan/deno';\nDeno.serve(() => withSpan('answer', () => new Response('hello')));\n",
  );
  await serveOnce(line);
  expect(services[0]).toBe('orders');
});
