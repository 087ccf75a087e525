import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build as esbuild, type Plugin } from 'esbuild';
import { build as vite } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asyncContext as esbuildPlugin } from '../../../src/entries/esbuild.ts';
import { asyncContext as vitePlugin } from '../../../src/entries/vite.ts';
import { createAsyncContext } from '../../../src/transform/async-context.ts';
import { createPluginHost } from '../../../src/transform/plugin-host.ts';

const files: Record<string, string> = {
  'main.ts': `import { tsx } from './view.tsx'; import { dependency } from 'dependency'; import common from './common.cjs'; import widget from './page.widget';
    export const run = async (x?: number): Promise<unknown[]> => { const all = [await tsx<string>('a'), await dependency(), await common(), await widget()]; done(all); return all };
    declare function done(all: unknown[]): void;`,
  'view.tsx': `export const tsx = async <T,>(a: T) => { await null; return <p title={String(await a)}>async</p> }; const React = { createElement: (...all: unknown[]) => all };`,
  'common.cjs': 'module.exports = async function common() { await null; return typeof this }',
  'page.widget': 'widget of async',
  'thrower.js': 'export const boom = async () => {\n  await null;\n  const text = "x"; throw new Error(text + (await 1));\n};',
  'node_modules/dependency/package.json': '{ "name": "dependency", "type": "module", "exports": "./index.js" }',
  'node_modules/dependency/index.js': 'export const dependency = async () => { await null; return 1 }',
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgespan-plugin-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await symlink(join(import.meta.dirname, '../../../node_modules/@opentelemetry'), join(folder, 'node_modules/@opentelemetry'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A plugin of somebody else, for files of its own. */
const widgets: Plugin = {
  name: 'widgets',
  setup(build) {
    build.onLoad({ filter: /\.widget$/ }, () => ({ contents: 'export default async () => { await null; return 2 }', loader: 'js' }));
  },
};

async function bundled(plugins: Plugin[], entry = 'main.ts', sourcemap = false): Promise<{ code: string; map: string }> {
  const { outputFiles } = await esbuild({
    entryPoints: [join(folder, entry)],
    bundle: true,
    format: 'esm',
    write: false,
    outdir: folder,
    sourcemap: sourcemap && 'external',
    target: 'esnext',
    plugins,
    logLevel: 'silent',
  });
  return {
    code: outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? '',
    map: outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '',
  };
}

const load = (code: string): Promise<Record<string, (...args: never[]) => Promise<unknown>>> =>
  import(`data:text/javascript,${encodeURIComponent(code)}`);

test('esbuild: TypeScript, JSX, CommonJS, dependencies, and files of another plugin beside', async () => {
  Object.assign(globalThis, { done: () => {} });
  const { code } = await bundled([widgets, esbuildPlugin()]);
  expect(code.match(/await (?:leave|_esLeave)\(/g)).toHaveLength(8);
  expect(await (await load(code))['run']?.()).toEqual([['p', { title: 'a' }, 'async'], 1, 'undefined', 2]);
  // The first `onLoad` wins: what another plugin loads is its own.
  expect(code).toMatch(/page_default = async \(\) => \{\s*await null;/);
});

test('esbuild: a plugin in front that loads scripts keeps them, and its output is left alone', async () => {
  const greedy: Plugin = {
    name: 'greedy',
    setup(build) {
      build.onLoad({ filter: /thrower\.js$/ }, () => ({ contents: 'export const boom = async () => { await 5 }' }));
    },
  };
  expect((await bundled([greedy, esbuildPlugin()], 'thrower.js')).code).not.toContain('leave(');
  expect((await bundled([esbuildPlugin(), greedy], 'thrower.js')).code).toContain('leave(');
});

test('include and exclude', async () => {
  expect((await bundled([widgets, esbuildPlugin({ exclude: /node_modules|main/ })])).code).toMatch(
    /dependency = async \(\) => \{\s*await null;/,
  );
  const only = (await bundled([widgets, esbuildPlugin({ include: ['**/view.tsx'] })])).code;
  expect(only.match(/await leave\(/g)).toHaveLength(2);
});

test.each(['esbuild', 'vite'])('%s: an error is found at the place in the source', async (bundler) => {
  const { code, map } =
    bundler === 'esbuild'
      ? await bundled([esbuildPlugin()], 'thrower.js', true)
      : await viteBundled({ sourcemap: true, minify: false }, 'thrower.js').then((output) => ({ code: output.code, map: output.map }));
  const { boom } = await load(code);
  const error = await boom?.().catch((thrown: Error) => thrown);
  // The last of the frame's numbers, for the URL holds the code itself.
  const [, line, column] = /:(\d+):(\d+)\)?$/m.exec((error as Error).stack?.split('\n')[1] ?? '') ?? [];
  const found = new SourceMap(JSON.parse(map)).findEntry(Number(line) - 1, Number(column) - 1) as {
    originalLine: number;
    originalColumn: number;
  };
  const expected = files['thrower.js']?.split('\n')[2]?.indexOf('new Error');
  expect([found.originalLine, found.originalColumn]).toEqual([2, expected]);
});

async function viteBundled(options: object, entry: string, ssr = false): Promise<{ code: string; map: string }> {
  const result = (await vite({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    plugins: [vitePlugin()],
    build: {
      ...options,
      ssr,
      write: false,
      target: 'esnext',
      lib: { entry: join(folder, entry), formats: ['es'] },
      rolldownOptions: { treeshake: true },
    },
  })) as unknown as
    | { output: { code: string; map?: { toString(): string } }[] }[]
    | { output: { code: string; map?: { toString(): string } }[] };
  const [chunk] = [result].flat()[0]?.output ?? [];
  return { code: chunk?.code ?? '', map: String(chunk?.map) };
}

test('Vite: code for servers is left alone, as they have AsyncLocalStorage', async () => {
  expect((await viteBundled({ minify: false }, 'thrower.js')).code).toContain('leave(');
  expect((await viteBundled({ minify: false }, 'thrower.js', true)).code).not.toContain('leave(');
});

test('The module that registers brings the run-time, though it holds no async function', async () => {
  const plugin = createAsyncContext(createPluginHost(new URL('../../../src/entries/vite.ts', import.meta.url).href)).raw({}, {
    framework: 'vite',
    versions: {},
  } as never);
  const { transform } = [plugin].flat()[0] as unknown as {
    transform: { handler(code: string, id: string): Promise<{ code: string } | undefined> };
  };
  expect((await transform.handler("import { register } from 'edgespan/browser'; register({})", '/app/main.js'))?.code).toMatch(
    /^import"edgespan\/save-restore\/on";/,
  );
  expect(await transform.handler('export default 1', '/app/main.js')).toBeUndefined();
  expect(
    await transform.handler(
      'export const f = async () => { await 1 }',
      createPluginHost(new URL('../../../src/entries/vite.ts', import.meta.url).href).ownFolder + 'sdk/register.ts',
    ),
  ).toBeUndefined();
});

test('Code nested deeper than the stack is left as it is, with a warning', async () => {
  await writeFile(
    join(folder, 'deep.js'),
    `export const deep = async () => { await 1; return ${Array.from({ length: 9000 }, () => 'a').join('+')} }`,
  );
  const { warnings, outputFiles } = await esbuild({
    entryPoints: [join(folder, 'deep.js')],
    write: false,
    logLevel: 'silent',
    plugins: [esbuildPlugin()],
  });
  expect(warnings[0]?.text).toMatch(/^Left .*deep\.js as it is, the active span is lost at its awaits: RangeError/);
  expect(outputFiles[0]?.text).toContain('await 1;');
});

test('Misuse is named', async () => {
  expect(() => esbuildPlugin({ mode: 'lowered' as never })).toThrow(
    "Cannot set up asyncContext() as `mode` must be 'save-restore' or 'lower': current value is \"lowered\"",
  );
  const absent = createAsyncContext({ ...createPluginHost(import.meta.url), loadPackage: () => Promise.reject(new Error('absent')) });
  await expect(bundled([absent.esbuild({ mode: 'lower' })], 'thrower.js')).rejects.toThrow(
    "Cannot lower async functions as mode 'lower' needs a compiler: run `npm install --save-dev @swc/core`, or `npm install --save-dev @babel/core @babel/plugin-transform-async-generator-functions @babel/plugin-transform-async-to-generator`",
  );
});
