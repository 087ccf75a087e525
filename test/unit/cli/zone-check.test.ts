import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkZone } from '../../../src/cli/zone-check.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function project(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'zone-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const zone = { 'node_modules/zone.js/package.json': '{"version":"0.16.3"}' };

test('Zone.js beside a target that keeps await native is not OK, and says both ways out', async () => {
  expect(await checkZone(project({ ...zone, 'tsconfig.json': '{"compilerOptions":{"target":"ES2022"}}' }))).toMatchObject({
    ok: false,
    text: expect.stringContaining('target of es2022'),
    fix: expect.stringContaining('es2016'),
  });
  expect(await checkZone(project({ ...zone, 'vite.config.ts': "export default { build: { target: 'esnext' } }" }))).toMatchObject({
    ok: false,
  });
});

test('a lowered target, or the plugin, is OK; without Zone.js there is nothing to say', async () => {
  expect(await checkZone(project({ ...zone, 'tsconfig.json': '{"compilerOptions":{"target":"es2016"}}' }))).toMatchObject({ ok: true });
  expect(
    await checkZone(project({ ...zone, 'vite.config.ts': "import { asyncContext } from 'edgespan/vite'; // target: 'esnext'" })),
  ).toMatchObject({ ok: true });
  expect(await checkZone(project({ 'tsconfig.json': '{"compilerOptions":{"target":"ES2022"}}' }))).toBeUndefined();
});
