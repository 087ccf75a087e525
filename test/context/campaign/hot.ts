import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer } from 'vite';
import { asyncContext } from '../../../src/entries/vite.ts';
import { type Engine, settle } from '../engines.ts';
import type { Report } from './report.ts';

const repository = join(import.meta.dirname, '../../..');
const partOf = (version: number): string => `
  import { look } from './main.ts';
  export const version: number = ${version};
  export async function part(): Promise<unknown[]> { const seen = [version]; await null; seen.push(look()); await new Promise((r) => setTimeout(r, 1)); seen.push(look()); return seen }
  import.meta.hot?.accept((changed) => { globalThis.part = changed?.part });
  globalThis.part = part;`;

/** A module that is replaced while the page runs is transformed like the first one. */
export async function runHotReplacement(report: Report, engine: Engine, root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html><script type="module" src="./main.ts"></script>');
  await writeFile(
    join(root, 'main.ts'),
    `import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
     import { saveRestoreContextManager } from '#save-restore';
     import './part.ts';
     const key = createContextKey('hot');
     export const look = () => context.active().getValue(key);
     context.setGlobalContextManager(saveRestoreContextManager().enable());
     globalThis.loads = (globalThis.loads ?? 0) + 1;
     globalThis.runPart = () => context.with(ROOT_CONTEXT.setValue(key, 'A'), () => globalThis.part());`,
  );
  await writeFile(join(root, 'part.ts'), partOf(1));
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: join(root, '.cache'),
    plugins: [asyncContext()],
    resolve: {
      alias: {
        '#save-restore': join(repository, 'src/context/save-restore.ts'),
        '@opentelemetry/api': join(repository, 'node_modules/@opentelemetry/api'),
      },
    },
    server: { host: '127.0.0.1', fs: { strict: false } },
  });
  await server.listen(0);
  const page = await engine.open(server.resolvedUrls?.local[0] ?? '');
  await settle(page, 'runPart', 1500);
  const before = JSON.stringify(await page.evaluate('runPart()'));
  await page.evaluate('void (globalThis.notReloaded = true)');
  await writeFile(join(root, 'part.ts'), partOf(2));
  let after = before;
  for (let tries = 0; tries < 50 && after === before; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    after = JSON.stringify(await page.evaluate('runPart()'));
  }
  const isSamePage = (await page.evaluate('globalThis.notReloaded')) === true;
  report.check(
    `${engine.name}: hot module replacement`,
    before === '[1,"A","A"]' && after === '[2,"A","A"]' && isSamePage,
    `${before} ${after} ${isSamePage}`,
  );
  await page.close();
  await server.close();
}
