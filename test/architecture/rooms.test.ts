import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { forbiddenImports, importCycles, loadedPackages } from './rooms.ts';
import { parseSource, readSources } from './source-tree.ts';

const files = readSources();
const sources = (texts: Record<string, string>) => Object.entries(texts).map(([path, text]) => parseSource(path, text));

test('there is a tree to look at, and every import inside it points at a file', () => {
  expect(files.length).toBeGreaterThan(40);
  const paths = new Set(files.map((file) => file.path).concat('viewer/page-html.ts'));
  const absent = files.flatMap((file) =>
    file.imports.filter((entry) => entry.isInside && entry.target.endsWith('.ts') && !paths.has(entry.target)).map((entry) => entry.target),
  );
  expect(absent).toEqual([]);
});

test('a room imports what the table allows and nothing else', () => {
  expect(forbiddenImports(files)).toEqual([]);
});

test('the table is what decides', () => {
  const outcome = forbiddenImports(
    sources({
      'trace/a.ts': "import { b } from '../export/b.ts';",
      'export/b.ts': "import { Span } from '../trace/span.ts'; import 'commander';",
      'export/c.ts': "import type { Span } from '../trace/span.ts'; import { x } from '../trace/limits.ts'; import('fflate');",
      'instrument/browser/d.ts':
        "import type { SpanData } from '../../trace/span-data.ts'; import { y } from '../../propagation/composite.ts';",
      'proxy/e.ts': "export { retry } from '../export/retry.ts'; export * from '../export/queue.ts';",
      'sdk/f.ts': "import { door } from '../entries/browser.ts';",
      'extra/g.ts': '',
    }),
  );
  expect(outcome).toEqual([
    'src/trace/a.ts may not import export/b.ts',
    'src/export/b.ts may not import trace/span.ts',
    'src/export/b.ts may not import commander',
    'src/instrument/browser/d.ts may not import the types of trace/span-data.ts',
    'src/proxy/e.ts may not import export/queue.ts',
    'src/sdk/f.ts may not import entries/browser.ts',
    'src/extra/g.ts is in no room',
  ]);
});

test('no import goes in a ring, types counted', () => {
  expect(importCycles(files)).toEqual([]);
  const ring = sources({ 'trace/a.ts': "import type { B } from './b.ts';", 'trace/b.ts': "import { a } from './a.ts';", 'trace/c.ts': '' });
  expect(importCycles(ring)).toEqual(['trace/a.ts → trace/b.ts → trace/a.ts']);
});

// What each door may load beside `@opentelemetry/api`: contract §1. Values: with the package's file, or lazily alone.
const lazily = (...packages: string[]) => ({ atOnce: [] as string[], lazily: packages });
const doorPackages: Record<string, { atOnce: string[]; lazily: string[] }> = {
  index: lazily('fflate'),
  browser: lazily('fflate'),
  workers: lazily('fflate', 'node:async_hooks'),
  zone: { atOnce: ['@opentelemetry/context-zone-peer-dep'], lazily: [] },
  gzip: { atOnce: ['fflate'], lazily: [] },
  'otel-sdk': lazily(),
  'save-restore': lazily(),
  deno: { atOnce: ['node:async_hooks'], lazily: ['fflate'] },
  'deno/register': { atOnce: ['node:async_hooks'], lazily: ['fflate'] },
  node: { atOnce: ['node:async_hooks'], lazily: ['fflate'] },
};

test.each(Object.entries(doorPackages))('the door %s loads what is allowed', (door, allowed) => {
  const outside = (withDynamic: boolean) =>
    [...loadedPackages(files, `entries/${door}.ts`, withDynamic)].filter(([name]) => name !== '@opentelemetry/api');
  expect(files.some((file) => file.path === `entries/${door}.ts`)).toBe(true);
  expect(outside(false).filter(([name]) => !allowed.atOnce.includes(name))).toEqual([]);
  expect(outside(true).filter(([name]) => !allowed.atOnce.concat(allowed.lazily).includes(name))).toEqual([]);
});

test.each(['proxy', 'proxy/worker', 'viewer'])('the door %s has no `node:` module in its static graph', (door) => {
  const loaded = [...loadedPackages(files, `entries/${door}.ts`, false)];
  expect(files.some((file) => file.path === `entries/${door}.ts`)).toBe(true);
  expect(loaded.filter(([name]) => name.startsWith('node:'))).toEqual([]);
});

test('what a door loads is followed through values alone', () => {
  const tree = sources({
    'entries/door.ts': "import type { T } from '../a/types-only.ts'; import { v } from '../a/value.ts';",
    'a/types-only.ts': "import 'node:fs';",
    'a/value.ts': "import 'fflate'; import('node:http');",
  });
  expect([...loadedPackages(tree, 'entries/door.ts', false).keys()]).toEqual(['fflate']);
  expect([...loadedPackages(tree, 'entries/door.ts', true).keys()]).toEqual(['fflate', 'node:http']);
});

test('doors are the files of src/entries, and nothing in src stands outside a room', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string>; bin: Record<string, string> };
  const doors = [...Object.values(manifest.exports), ...Object.values(manifest.bin)].map((source) => source.replace('./src/', ''));
  expect(files.filter((file) => file.room === 'entries').map((file) => file.path)).toEqual(doors.toSorted());
});
