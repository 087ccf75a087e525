// Builds the check app once per way of carrying the context.
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { asyncContext } from '../../src/entries/esbuild.ts';
import { createAsyncContext } from '../../src/transform/async-context.ts';
import { createPluginHost } from '../../src/transform/plugin-host.ts';

const here = dirname(fileURLToPath(import.meta.url));
export const appFolder: string = join(here, 'frameworks/app');
const door = pathToFileURL(join(here, '../../src/entries/esbuild.ts')).href;

export const variants = ['stack', 'zone native', 'zone lowered', 'save-restore default', 'save-restore'] as const;
/** The last one is for the bench. */
export type Variant = (typeof variants)[number] | 'then patched';

/** Loads a compiler of mode 'lower', which is installed beside this campaign alone. */
export async function loadCompiler(name: string): Promise<unknown> {
  const require = createRequire(join(here, 'frameworks/package.json'));
  const loaded = (await import(pathToFileURL(require.resolve(name)).href)) as { default?: unknown };
  return loaded.default ?? loaded;
}

const pluginOf: Record<Variant, () => Plugin[]> = {
  stack: () => [],
  'zone native': () => [],
  'zone lowered': () => [createAsyncContext({ ...createPluginHost(door), loadPackage: loadCompiler }).esbuild({ mode: 'lower' })],
  'save-restore default': () => [asyncContext()],
  'save-restore': () => [asyncContext({ promises: true })],
  'then patched': () => [asyncContext()],
};

export function managerFile(variant: Variant): string {
  const [kind] = variant.split(' ');
  return join(appFolder, `manager-${kind}.ts`);
}

/** Bundles the app for a variant into a folder with an `index.html`. */
export async function buildApp(variant: Variant, outdir: string, minify = false, entries: string[] = ['main.ts']): Promise<void> {
  const common = {
    bundle: true,
    format: 'esm',
    sourcemap: true,
    minify,
    splitting: true,
    alias: { '#manager': managerFile(variant) },
    outdir,
    logLevel: 'error',
  } as const;
  await build({ ...common, entryPoints: entries.map((entry) => join(appFolder, entry)), target: 'esnext', plugins: pluginOf[variant]() });
  await build({
    ...common,
    entryPoints: [join(appFolder, 'using-lowered-main.ts')],
    target: 'esnext',
    supported: { using: false },
    plugins: pluginOf[variant](),
  });
  await mkdir(outdir, { recursive: true });
  await writeFile(join(outdir, 'index.html'), pageOf(entries.map((entry) => entry.replace('.ts', '.js'))));
}

/** Before everything: the native timer, and the symbols that an engine without `using` lacks. */
export const inlineScript =
  'globalThis.nativeSetTimeout = setTimeout.bind(globalThis); for (const name of ["dispose", "asyncDispose"]) if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) })';

function pageOf(entries: string[]): string {
  const scripts = [...entries, 'using-lowered-main.js'].map((file) => `<script type="module" src="./${file}"></script>`).join('\n');
  return `<!doctype html><meta charset="utf-8"><title>Checks</title><body><script>${inlineScript}</script>\n${scripts}</body>`;
}
