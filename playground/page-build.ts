// Bundles the playground's page the way an application would: esbuild with edgespan's plugin, or lowered async for Zone.js.
import { readFileSync } from 'node:fs';
import { asyncContext } from 'edgespan/esbuild';
import { build } from 'esbuild';

const scenesFile = 'playground/page/scenes.ts';

/** Path of each file of the page, to its bytes. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

export async function buildPage(withZone: boolean): Promise<PageFiles> {
  const { outputFiles } = await build({
    entryPoints: { main: withZone ? 'playground/page/main-zone.ts' : 'playground/page/main.ts' },
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: '/',
    write: false,
    target: 'es2022',
    sourcemap: 'inline',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { SCENE_SOURCES: JSON.stringify(sceneSources(readFileSync(scenesFile, 'utf8'))) },
    ...(withZone ? { supported: { 'async-await': false, 'async-generator': false, 'for-await': false } } : { plugins: [asyncContext()] }),
    logLevel: 'error',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, ''), contents]));
  files.set('/', readFileSync('playground/page/index.html'));
  return files;
}

/** The text between each pair of region marks, without its indentation. */
function sceneSources(text: string): Record<string, string> {
  const sources: Record<string, string> = {};
  for (const [, indent = '', id = '', code = ''] of text.matchAll(/^( *)\/\/ #region (\S+)\n([\s\S]*?)^ *\/\/ #endregion/gm)) {
    sources[id] = code.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd();
  }
  return sources;
}
