import { expect, test } from 'vitest';
import { transformAsync } from '../../../src/transform/transform-async.ts';

const transformed = (code: string, options = {}): string | undefined => transformAsync(code, options)?.code;

test('A module without async functions is not touched', () => {
  expect(transformed('export const f = () => 1')).toBeUndefined();
  expect(transformed('export const async = 1; f(async)')).toBeUndefined();
  expect(transformed('export const f = async () => 1, g = async () => { h(); return [] }')).toBeUndefined();
});

test('Top-level await is left alone', () => {
  expect(transformed('await f(); for await (const x of y) z(x); // async')).toBeUndefined();
  const code = transformed('const a = await f(async () => { await 1 }); export { a }');
  expect(code).toContain('const a = await f(async () => {');
});

test('Code that is transformed already is left as it is', () => {
  const once = transformed('export const f = async () => { await g(); h() }') ?? '';
  expect(once).not.toBe('');
  expect(transformed(once)).toBeUndefined();
});

test('What is no code of the language is left to the bundler', () => {
  expect(transformed('async function ( {')).toBeUndefined();
});

test('No line moves', () => {
  const code = "'use client'\nexport async function f() {\n  'use strict'\n  await g()\n  for await (const x of y)\n    h(x)\n}\n";
  expect(transformed(code)?.split('\n')).toHaveLength(code.split('\n').length);
});

test('Directives and #! stay first', () => {
  expect(transformed("'use client';\nexport const f = async () => await g()")).toMatch(/^'use client';;import\{/);
  expect(transformed("'use client'\nexport const f = async () => await g()")).toMatch(/^'use client';import\{/);
  expect(transformed('#!/usr/bin/env node\nexport const f = async () => await g()')).toMatch(/^#!\/usr\/bin\/env node\nimport\{/);
  expect(transformed('export async function f() { "use server"; await g() }')).toContain('{ "use server";;const ');
});

test('CommonJS gets require, code without either an import', () => {
  expect(transformed('exports.f = async () => { await 1; g() }')).toMatch(/^var\{.*\}=require\("edgespan\/save-restore\/on"\);/);
  expect(transformed('const f = async () => { await 1; g() }; f()')).toMatch(/^import\{/);
  expect(transformed('return async () => { await module; g() }')).toMatch(/^var\{/);
  expect(transformed('const f = async () => { await 1; g() }; // module', { isModule: true })).toMatch(/^import\{/);
  expect(transformed('for await (const x of y) await (async () => { await x; g() })()')).toMatch(/^import\{/);
});

test('TypeScript and JSX stay', () => {
  const code = transformed('export const f = async <T,>(a: T): Promise<T> => { using x: R = r(); return <T>(await a as T)! }', {
    lang: 'ts',
  });
  expect(code).toContain('async <T,>(a: T): Promise<T> =>');
  const jsx = transformed('export const F = async ({ a }: P) => <p title={await a}>async {...await b}</p>', { filename: 'a.tsx' });
  expect(jsx).toContain('<p title={_esResume(_es,await _esLeave(_es,a))}>async {..._esResume(_es,await _esLeave(_es,b))}</p>');
  expect(
    transformed('namespace N { export async function f(this: N, a?: number): Promise<void>; async function f() { await g } }', {
      lang: 'ts',
    }),
  ).toContain('_esLeave');
  expect(
    transformed(
      'class A { async m?(): Promise<void>; constructor(private a = async () => { await 1; b() }) {} @d() async n() { await 1 } }',
      { lang: 'ts' },
    ),
  ).toContain('_esLeave');
});

test('Names of the module are not taken', () => {
  const code = transformed('const _es = 1, _es1_ = 2; export const f = async () => { await _es }') ?? '';
  expect(code).toContain('const _es2_=');
});

test('Only what may be a thenable is looked at when it is returned', () => {
  expect(transformed('export const f = async () => { await 1; return `a` }')).not.toContain('Carry');
  expect(transformed('export const f = async () => { await 1; return Promise.all(a) }')).not.toContain('Carry');
  expect(transformed('export const f = async (db) => db.select()')).toContain('=> _esCarry(db.select())');
});

test('Callbacks of promises are bound by option', () => {
  const code = 'fetch(u).then((r) => r.json()).catch(f).finally(...g); a.then?.(b, null)';
  expect(transformed(code)).toBeUndefined();
  expect(transformed(code, { promises: true })).toContain(
    'fetch(u).then(_esBoundToActive((r) => r.json())).catch(_esBoundToActive(f)).finally(...g); a.then?.(_esBoundToActive(b), null)',
  );
});

test('Functions are native still, with names, lengths and readable text', () => {
  const code = transformed(
    'exports.f = async function f(a, b = 1) { await 1 }; const g = async (a) => await a; exports.g = g; exports.A = class { static async *m() { yield 1 } }',
  );
  const exports: Record<string, { name: string; length: number } & { m: { name: string } }> = {};
  new Function('exports', 'require', code ?? '')(exports, () => ({}));
  expect([exports['f']?.name, exports['f']?.length, exports['f']?.constructor.name]).toEqual(['f', 1, 'AsyncFunction']);
  expect([exports['g']?.name, exports['g']?.length, exports['g']?.constructor.name]).toEqual(['g', 1, 'AsyncFunction']);
  expect([exports['A']?.m.name, exports['A']?.m.constructor.name]).toEqual(['m', 'AsyncGeneratorFunction']);
});
