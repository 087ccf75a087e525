import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { asyncContext } from '../../../src/entries/esbuild.ts';
import { appFolder } from '../build-app.ts';
import { type Engine, settle } from '../engines.ts';
import type { Report } from './report.ts';

/** A page with the library's own `register`. */
export async function buildRegistered(outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: { page: join(appFolder, 'registered-main.ts') },
    bundle: true,
    format: 'esm',
    outdir,
    logLevel: 'error',
    plugins: [asyncContext()],
  });
  await writeFile(join(outdir, 'index.html'), '<!doctype html><title>Registered</title><script type="module" src="./page.js"></script>');
}

export async function runRegistered(report: Report, engine: Engine, url: string): Promise<void> {
  const opened = await engine.open(url);
  await settle(opened, 'runRegistered', 0);
  const seen = (await opened.evaluate('runRegistered()')) as boolean[];
  report.check(`${engine.name}: register() without a context manager`, seen.length === 7 && seen.every(Boolean), seen.join());
  await opened.close();
}
