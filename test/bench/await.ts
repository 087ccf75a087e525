// npm run bench -- await: what carrying the context costs per await, in each browser; how fast the transform is; how large the run-time.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { transformAsync } from '../../src/transform/transform-async.ts';
import { buildApp, type Variant } from '../context/build-app.ts';
import { settle, startEngine } from '../context/engines.ts';
import type { BenchResult } from '../context/frameworks/app/bench-main.ts';
import { serveFolders } from '../context/serve.ts';

const source = join(import.meta.dirname, '../../src');
const rows: Record<string, Variant> = {
  native: 'stack',
  'save-restore': 'save-restore default',
  'save-restore, `promises`': 'save-restore',
  'save-restore, `patchPromiseThen`': 'then patched',
  'Zone.js, lowered': 'zone lowered',
};
const rounds: Record<string, number> = { chromium: 100_000, firefox: 10_000, webkit: 50_000 };
const passes = 3;

const work = await mkdtemp(join(tmpdir(), 'edgespan-bench-'));
const folders: Record<string, string> = {};
for (const [index, variant] of Object.values(rows).entries()) {
  folders[`v${index}`] = join(work, `v${index}`);
  await buildApp(variant, join(work, `v${index}`), true, ['bench-main.ts']);
}
const { url, server } = await serveFolders(folders);

console.log(
  '| engine | | `await f()`, root | `await f()`, in a span | `await` of a value | step of `for await` | `.then(f)` |\n|---|---|---|---|---|---|---|',
);
for (const name of ['chromium', 'firefox', 'webkit'] as const) {
  const engine = await startEngine(name).catch(() => undefined);
  if (!engine) {
    console.log(`| ${name} | not installed, or no display | | | | | |`);
    continue;
  }
  // Variants take turns, so that a busy machine is unfair to all of them alike; the best pass counts.
  const best: Record<string, BenchResult> = {};
  for (let pass = 0; pass < passes; pass++) {
    for (const [index, row] of Object.keys(rows).entries()) {
      const page = await engine.open(`${url}/v${index}/`);
      await settle(page, 'runBench', 0);
      const result = (await page.evaluate(`runBench(${rounds[name]}, ${name === 'chromium' ? 15 : 7})`)) as BenchResult;
      await page.close();
      const known = best[row];
      best[row] = known
        ? (Object.fromEntries(
            Object.entries(result).map(([key, value]) => [key, Math.min(value, known[key as keyof BenchResult])]),
          ) as unknown as BenchResult)
        : result;
    }
  }
  for (const [row, { rootNano, contextNano, valueNano, stepNano, thenNano }] of Object.entries(best)) {
    console.log(`| ${name} | ${row} | ${rootNano} ns | ${contextNano} ns | ${valueNano} ns | ${stepNano} ns | ${thenNano} ns |`);
  }
  await engine.close();
}
server.close();
await rm(work, { recursive: true, force: true });

console.log('\nTransform (parse, rewrite, map):');
for (const file of [
  'playwright-core/lib/coreBundle.js',
  'vite/dist/node/chunks/node.js',
  'vitest/dist/chunks/index.js',
  'wrangler/wrangler-dist/cli.js',
]) {
  const path = join(source, '../node_modules', file);
  let code: string;
  try {
    code = readFileSync(path, 'utf8');
  } catch {
    continue;
  }
  let millis = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 5; pass++) {
    const start = performance.now();
    if (!transformAsync(code, { filename: path })) break;
    millis = Math.min(millis, performance.now() - start);
  }
  if (millis < 1e9)
    console.log(
      `  ${file}: ${(code.length / 1e6).toFixed(2)} MB in ${millis.toFixed(0)} ms, ${(code.length / 1e3 / millis).toFixed(1)} MB/s`,
    );
}

const calls = 'enter, exit, leave, pause, resume, carry, iterate, delegate, disposable, disposableNow';
const sizes: Record<string, string> = {
  'calls of plain await, with manager': `export { saveRestoreContextManager } from './context/save-restore.ts'; export { enter, exit, leave, resume, carry } from './context/save-restore-calls.ts'`,
  'all calls, with manager': `export { saveRestoreContextManager } from './context/save-restore.ts'; export { ${calls} } from './context/save-restore-calls.ts'`,
  'all calls, with manager and patches': `export { saveRestoreContextManager } from './context/save-restore.ts'; export { ${calls} } from './entries/save-restore/on.ts'`,
};
console.log('\nSize, minified and gzipped:');
for (const [name, contents] of Object.entries(sizes)) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: source, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    external: ['@opentelemetry/api'],
    write: false,
  });
  console.log(`  ${name}: ${gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length} B`);
}
