import { expect, test } from 'vitest';
import * as calls from '../../../src/context/save-restore-calls.ts';
import { transformAsync } from '../../../src/transform/transform-async.ts';

// Modules with top-level await, run as modules: transformed they do the same in the same order, and their top level stays as it was written.

const modules: Record<string, string> = {
  'a value': 'log(1); const a = await 2; log(a); const f = async () => { await 1; log("f") }; await f(); log("end")',
  'a rejected promise':
    'try { await Promise.reject("e") } catch (e) { log(e) } finally { log("finally") } await (async () => { await 1; log("f") })()',
  'an error that leaves the module': 'log(1); await (async () => { await 1; log(2); throw new Error("out") })(); log("never")',
  'for await': 'for await (const x of [1, Promise.resolve(2)]) { log(x); await (async () => { await x; log("in", x) })() }',
  'for await over a generator':
    'async function* g() { try { yield 1; await 1; yield 2 } finally { log("closed") } } for await (const x of g()) { log(x); break } log("end")',
  'await using':
    'const r = (n) => ({ async [Symbol.asyncDispose]() { log("dispose", n); await 1; log("disposed", n) } }); { await using a = r("a"), b = r("b"); log("in"); await 1 } log("behind")',
  'an await in a class':
    'class A { static s = (async () => { await 1; return 1 })(); [await "k"]() { return 2 } } log(await A.s, new A().k())',
  'an await in a template, in arguments':
    'const f = async (x) => (await 1, x); log(`${await f(1)}${await f(2)}`, await f(3), ...[await f(4)])',
  'two that run at once':
    'const f = async (n) => { for (let i = 0; i < 3; i++) { log(n, i); await i } }; await Promise.all([f(1), f(2)]); log("end")',
  'a loop':
    'for (let i = 0; i < 3; i++) { if (i === 1) continue; await (async () => { await i; log(i) })() } let n = 0; while (await n++ < 2) log(n)',
  'a thenable': 'log(await { then(ok) { log("then"); ok(1) } }); log(await (async () => ({ then(ok) { log("then2"); ok(2) } }))())',
  'import() and exports':
    'export const a = await (async () => { await 1; return 5 })(); const m = await import("data:text/javascript,export default 6"); log(a, m.default); export default async () => { await 1 }',
};

async function effectsOf(code: string): Promise<unknown[]> {
  const effects: unknown[] = [];
  let isDone = false;
  const tick = (): void => {
    effects.push('·');
    if (!isDone) Promise.resolve().then(tick);
  };
  Object.assign(globalThis, { log: (...parts: unknown[]) => (effects.length || tick(), effects.push(parts)), calls });
  // A comment makes each module a new one.
  await import(`data:text/javascript,${encodeURIComponent(`${code}\n// ${Math.random()}`)}`).then(
    (module) => effects.push(Object.keys(module)),
    (error) => effects.push(String(error)),
  );
  isDone = true;
  // The loader's own microtasks stand before the first effect and behind the last.
  return effects
    .slice(0, effects.findLastIndex((effect) => effect !== '·') + 1)
    .filter((effect, index, all) => effect !== '·' || index < all.length - 8);
}

test.each(Object.entries(modules))('Top-level await: %s', async (_name, code) => {
  const transformed = transformAsync(code)?.code ?? '';
  expect(transformed).toMatch(/^import\{/);
  const withCalls = transformed.replace(
    /^import\{(.*?)\}from"[^"]*";/,
    (_all, names: string) => `const{${names.replaceAll(' as ', ':')}}=calls;`,
  );
  const effects = await effectsOf(code);
  expect(effects.length).toBeGreaterThan(3);
  expect(await effectsOf(withCalls)).toEqual(effects);
});
