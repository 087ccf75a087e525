import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSource, readSources, type SourceFile } from './source-tree.ts';

const files = readSources();
const codeLineLimit = 300;

test(`no file has more than ${codeLineLimit} lines of code`, () => {
  expect(files.filter((file) => file.codeLineCount > codeLineLimit).map((file) => `${file.path}: ${file.codeLineCount}`)).toEqual([]);
});

test('no module-level `let`: an isolate serves many requests', () => {
  expect(files.filter((file) => file.moduleVariables.length > 0).map((file) => `${file.path}: ${file.moduleVariables.join()}`)).toEqual([]);
});

// House invariant 4, apart: what exists to have an effect, and what only a shell or a build loads.
const effectfulByPurpose = /^(entries\/(deno\/register|proxy\/worker|save-restore\/on|cli|vite|esbuild|zone)\.ts|cli\/|viewer\/page\/)/;
const effectfulFiles: Record<string, string> = {
  'entries/workers.ts': 'awaits `import(node:async_hooks)`, so that an old compatibility date without the module still starts',
};

test('no effect at import: module level holds literals, functions and classes', () => {
  const effectful = files.filter(
    ({ path, moduleEffects }) => moduleEffects.length > 0 && !effectfulByPurpose.test(path) && !effectfulFiles[path],
  );
  expect(effectful.map((file) => `${file.path}: ${file.moduleEffects.join(' | ')}`)).toEqual([]);
});

test.each([
  ['const table = new Map();', ['new Map()']],
  ["const key = Symbol.for('a');", ["Symbol.for('a')"]],
  ['class A { static b = make(); c = new Map(); d() { make(); } }', ['make()']],
  ['for (const name of names) table[name] = 1;', ['for (const name of names) table[name] = 1;']],
  ['const original = globalThis.fetch;', ['globalThis.fetch']],
  ['const f = () => new Map(); const g = { h() { return f(); } }; function i(j = f()) {}', []],
  ['type A = ReturnType<typeof b>; const c = [1, /x/g, -d, { e: 1 << 2 }] as const;', []],
])('effect of %s', (text, effects) => {
  expect(parseSource('trace/a.ts', text).moduleEffects).toEqual(effects);
});

test('what is read out of a file', () => {
  const file = parseSource(
    'trace/a.ts',
    [
      '/** A comment. */',
      '',
      'let count = 0; // here',
      'const text = `a',
      'b \u0024{count} c`;',
      '',
      'class A extends B {}',
      'interface I {}',
    ].join('\n'),
  );
  expect(file).toMatchObject({
    codeLineCount: 5,
    moduleVariables: ['count'],
    baseClasses: ['B'],
    declarations: ['count', 'text', 'A', 'I'],
    strings: ['a\nb ', ' c'],
    isTypesOnly: false,
  });
  expect(parseSource('trace/b.ts', "import type { A } from './a.ts';\nexport type B = A;").isTypesOnly).toBe(true);
});

const platformBases =
  /^(Error|TypeError|RangeError|AggregateError|EventTarget|Event|TransformStream|HTMLElement|DurableObject|WorkerEntrypoint)$/;

test('no class extends another but the platform’s own', () => {
  expect(
    files.flatMap((file) => file.baseClasses.filter((base) => !platformBases.test(base)).map((base) => `${file.path}: ${base}`)),
  ).toEqual([]);
});

test('names: kebab-case files, no drawer for everything, no prefix', () => {
  const name = (path: string) => path.split('/').at(-1) ?? '';
  const misnamed = files.filter(
    ({ path }) =>
      !/^[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/.test(name(path)) ||
      /^(utils?|helpers?|common|types|misc|shared)\./.test(name(path)) ||
      (name(path) === 'index.ts' && path !== 'entries/index.ts'),
  );
  expect(misnamed.map((file) => file.path)).toEqual([]);
  const prefixed = files.flatMap((file) =>
    file.declarations.filter((entry) => /^(I[A-Z][a-z]|_[a-z])/.test(entry)).map((entry) => `${file.path}: ${entry}`),
  );
  expect(prefixed).toEqual([]);
});

// Vendor words as text: what goes onto the wire or is read from it. Comments may name a source.
const vendorWords = /datadog|_dd\.|\bDD_|\bdd=|\bdd-|ddsource/i;
const vendorRooms = /^(datadog\/|propagation\/datadog|proxy\/upstream|entries\/)/;
// Outside of them, each with its reason.
const vendorFiles: Record<string, string> = {
  'propagation/dd-member.ts': 'the `dd` member of `tracestate`',
  'propagation/trace-context.ts': 'the `dd` member of `tracestate`',
  'propagation/trace-state.ts': 'the `dd` member of `tracestate`',
  'sdk/environment-options.ts': 'reads variables by the names that Datadog gave them',
  'sdk/environment-variables.ts': 'reads variables by the names that Datadog gave them',
};

test('vendor words live where the vendor is known', () => {
  const found = files.filter(
    ({ path, strings }) => !vendorRooms.test(path) && !vendorFiles[path] && strings.some((text) => vendorWords.test(text)),
  );
  expect(found.map(({ path, strings }) => `${path}: ${strings.filter((text) => vendorWords.test(text)).join(' | ')}`)).toEqual([]);
  expect(Object.keys(vendorFiles).filter((path) => !existsSync(`src/${path}`))).toEqual([]);
});

const doorOf = (path: string): string => path.replace('entries/', 'edgespan/').replace('.ts', '').replace('/index', '');

/** Files that tests run: imported by name or as a door, and what those import in their own room; doors and wiring lead into every room. */
function reachedByTests(): Set<string> {
  const paths = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  const tests = paths.filter((path) => /^(unit|property|contract|context|conformance|e2e|runtimes|compat)\/.*\.(ts|mjs)$/.test(path));
  const texts = tests.map((path) => readFileSync(`test/${path}`, 'utf8')).join('\n');
  const isNamed = ({ path, room }: SourceFile) =>
    texts.includes(`/src/${path}'`) || (room === 'entries' && texts.includes(`'${doorOf(path)}'`));
  const reached = new Set(files.filter(isNamed).map((file) => file.path));
  for (const path of reached) {
    const file = files.find((entry) => entry.path === path);
    for (const { target } of file?.imports ?? [])
      if (target.startsWith(`${file?.room}/`) || file?.room === 'entries' || file?.room === 'sdk') reached.add(target);
  }
  return reached;
}

// The page is driven by test/e2e, in a browser.
const testedAsAWhole = /^(entries|viewer\/page)\//;

test('every file is run by a test of its room, or through a door', () => {
  const reached = reachedByTests();
  const untested = files.filter(({ path, isTypesOnly }) => !isTypesOnly && !testedAsAWhole.test(path) && !reached.has(path));
  expect(reached.size).toBeGreaterThan(40);
  expect(untested.map((file) => file.path)).toEqual([]);
});
