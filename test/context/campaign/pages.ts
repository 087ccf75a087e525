import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { asyncContext } from '../../../src/entries/esbuild.ts';
import { appFolder } from '../build-app.ts';
import { type Engine, settle } from '../engines.ts';
import type { Framework } from '../vite-app.ts';
import type { Report } from './report.ts';

/** Two bundles that know nothing of each other: library and application. */
export async function buildLateChunks(outdir: string): Promise<void> {
  const common = { bundle: true, format: 'esm', outdir, logLevel: 'error', target: 'esnext' } as const;
  await build({ ...common, entryPoints: [join(appFolder, 'late-main.ts')] });
  await build({ ...common, entryPoints: [join(appFolder, 'late-chunk.ts')], plugins: [asyncContext()] });
  await mkdir(outdir, { recursive: true });
  await writeFile(join(outdir, 'index.html'), '<!doctype html><title>Late</title><body></body>');
}

const orders: Record<string, string> = {
  'library, then application': `await import('./late-main.js'); registerLate(); await import('./late-chunk.js');`,
  'application, then library': `await import('./late-chunk.js'); await lateChunk.first; await import('./late-main.js'); registerLate();`,
  'registered behind the first transformed call': `await import('./late-main.js'); await import('./late-chunk.js'); await lateChunk.first; registerLate();`,
};

export async function runLateChunks(report: Report, engine: Engine, url: string): Promise<void> {
  for (const [order, script] of Object.entries(orders)) {
    const page = await engine.open(`${url}/late/`);
    const seen = (await page.evaluate(
      `(async () => { ${script.replaceAll("'./", `'${url}/late/`)} return lateChunk.start() })()`,
    )) as unknown[];
    report.check(`${engine.name}, separate chunks: ${order}`, seen.join() === 'A,A,A', seen.join());
    await page.close();
  }
}

/** Opens a framework's page, clicks, and looks whether each span was active where it had to be. */
export async function runFrameworkPage(
  report: Report,
  engine: Engine,
  framework: Framework | 'angular',
  kind: string,
  url: string,
): Promise<void> {
  const name = `${engine.name}, ${framework}, ${kind}`;
  try {
    const page = await engine.open(url);
    await settle(page, 'runPage', kind === 'build' ? 0 : 1500);
    const { seen, text } = (await page.evaluate('runPage()')) as { seen: { want: string; got: unknown }[]; text: string };
    const lost = seen.filter(({ want, got }) => want !== got);
    report.check(
      name,
      text === '9' && lost.length === 0 && seen.length >= 16,
      `${text}, ${seen.length} looks, lost ${JSON.stringify(lost.slice(0, 3))}`,
    );
    await page.close();
  } catch (error) {
    report.check(name, false, String(error));
  }
}
