// The doors through the bundlers that people use, from the built package.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { expect, test } from 'vitest';
import { createUserFolder, workerdDoors } from './user-folder.ts';

const uses = workerdDoors.map((door, index) => `import * as door${index} from 'edgespan${door}';\nconsole.log(door${index});`).join('\n');

test('esbuild, for a browser', async () => {
  const folder = createUserFolder('bundlers', { 'app.js': uses.replaceAll(/import .*'edgespan\/(workers|proxy.*)';\n.*/g, '') });
  const { warnings, outputFiles } = await esbuild({
    entryPoints: [join(folder, 'app.js')],
    bundle: true,
    format: 'esm',
    splitting: true,
    outdir: join(folder, 'out'),
    write: false,
  });
  expect(warnings).toEqual([]);
  expect(outputFiles.map((file) => file.text).join('')).toContain('webInstrumentations');
});

test('Vite, for a browser, with nothing of Node in the page', async () => {
  const folder = createUserFolder('bundlers', {
    'index.html': '<!doctype html><script type="module" src="./app.js"></script>',
    'app.js':
      "import { register, webInstrumentations } from 'edgespan/browser';\nregister({ service: 'shop', instrumentations: webInstrumentations() });",
  });
  await vite({ root: folder, configFile: false, logLevel: 'error', build: { outDir: 'out', modulePreload: false } });
  const scripts = readdirSync(join(folder, 'out/assets')).map((file) => readFileSync(join(folder, 'out/assets', file), 'utf8'));
  expect(scripts.join('')).toContain('shop');
  expect(scripts.join('')).not.toMatch(/node:|__vite-browser-external|process\.env/);
});

test('wrangler, for a Worker', () => {
  const folder = createUserFolder('bundlers', {
    'worker.js': `${uses}\nexport default door2.instrument({ fetch: () => new Response('ok') }, { service: 'a', exporter: door2.intake({ url: 'http://t' }) });`,
    'wrangler.toml':
      'name = "user"\nmain = "worker.js"\ncompatibility_date = "2026-07-01"\ncompatibility_flags = ["nodejs_als"]\nsend_metrics = false\n',
  });
  const output = execFileSync(
    process.execPath,
    [resolve('node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', 'out'],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 100_000,
      env: { ...process.env, XDG_CONFIG_HOME: resolve('.cache/config'), WRANGLER_LOG_PATH: resolve('.cache/wrangler') },
    },
  );
  expect(output).toContain('--dry-run');
  expect(output).not.toMatch(/WARNING|ERROR/);
  expect(existsSync(join(folder, 'out/worker.js'))).toBe(true);
});
