import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { doctor, judgeApiCopies } from '../../../src/cli/doctor.ts';
import { findPackages } from '../../../src/cli/find-packages.ts';
import { createTraceViewer } from '../../../src/viewer/handler.ts';
import { keptShell } from './shells.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function project(copies: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'doctor-'));
  folders.push(root);
  for (const [path, version] of Object.entries(copies)) {
    const folder = join(root, path, '@opentelemetry/api');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
  }
  return root;
}

test('finds copies at the top, nested, below a scope, in the store of pnpm, each real folder once', async () => {
  const root = project({
    node_modules: '1.9.1',
    'node_modules/a/node_modules': '1.10.0',
    'node_modules/@b/c/node_modules': '1.9.0',
    'node_modules/.pnpm/api@1/node_modules': '1.8.0',
  });
  symlinkSync(join(root, 'node_modules/@opentelemetry/api'), join(root, 'node_modules/a/node_modules/@opentelemetry/link'));
  const copies = await findPackages('@opentelemetry/api', join(root, 'node_modules/a'));
  expect(copies.map((copy) => copy.version).sort()).toEqual(['1.10.0', '1.8.0', '1.9.0', '1.9.1']);
  expect(await findPackages('@opentelemetry/nothing', root)).toEqual([]);
});

test('one version is OK, none, two or one out of range is not, each with its fix', () => {
  const judge = (...versions: string[]) =>
    judgeApiCopies(
      versions.map((version, index) => ({ version, path: `/p/${index}` })),
      '/p',
    );
  expect(judge('1.9.0')).toMatchObject([{ ok: true }]);
  expect(judge('1.9.0', '1.9.0')).toMatchObject([{ ok: true, text: expect.stringContaining('2 copies, one version') }]);
  expect(judge()).toMatchObject([{ ok: false, fix: 'npm install @opentelemetry/api' }]);
  expect(judge('1.9.0', '1.10.0')).toMatchObject([
    { ok: false, text: expect.stringContaining('1.9.0 (0), 1.10.0 (1)'), fix: expect.stringContaining('register({ api })') },
  ]);
  expect(judge('1.8.0')).toMatchObject([{ ok: false, text: expect.stringContaining('out of range') }]);
  expect(judge('2.0.0')).toMatchObject([{ ok: false }]);
});

test('writes a line each, exit code 1 where something is not OK', async () => {
  const good = keptShell({}, project({ node_modules: '1.9.1' }));
  expect(await doctor({}, good)).toBe(0);
  expect(good.lines[0]).toBe('OK      @opentelemetry/api 1.9.1 (one copy)');
  expect(good.lines[1]).toContain('receiver: not asked');
  const bad = keptShell({ EDGESPAN_INTAKE_URL: 'http://127.0.0.1:1/t' }, project({ node_modules: '1.9.1' }));
  expect(await doctor({}, bad)).toBe(1);
  expect(bad.lines.join('\n')).toMatch(/NOT OK {2}receiver: nothing answers at .*\n +fix: start it/);
});

test('an origin alone is asked for its intake at /t; the variable must name it whole, as exporters post to exactly this URL', async () => {
  const root = 'http://127.0.0.1:4319/';
  const viewer = createTraceViewer();
  const shell = (env: Record<string, string>) => ({
    ...keptShell(env, project({ node_modules: '1.9.1' })),
    fetch: (async (input, init) => viewer.fetch(new Request(input, init))) as typeof fetch,
  });
  const asked = shell({});
  expect(await doctor({ url: root, origin: 'http://127.0.0.1:8080' }, asked)).toBe(0);
  expect(asked.lines.slice(1)).toEqual([
    `OK      receiver: edgespan-viewer at ${root}t`,
    `OK      pages: those of http://127.0.0.1:8080 can read answers of ${root}t`,
  ]);
  const used = shell({ EDGESPAN_INTAKE_URL: root });
  expect(await doctor({}, used)).toBe(1);
  expect(used.lines.slice(1)).toEqual([
    `NOT OK  receiver: none at ${root} itself, one at ${root}t`,
    `        fix: EDGESPAN_INTAKE_URL=${root}t`,
  ]);
});
