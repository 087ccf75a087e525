import { SourceMap } from 'node:module';
import { expect, test } from 'vitest';
import * as calls from '../../../src/context/save-restore-calls.ts';
import { transformAsync } from '../../../src/transform/transform-async.ts';

/** Line and column (from 0) in the original of the first frame of an error thrown by transformed code. */
async function thrownAt(source: string): Promise<{ line: number; column: number } | undefined> {
  const { code, map } = transformAsync(source, { filename: 'thrower.js' }) ?? { code: '', map: undefined };
  const exports: { main?: () => Promise<void> } = {};
  new Function('exports', 'require', `${code}\n//# sourceURL=thrower-under-test.js`)(exports, () => calls);
  const error = await exports.main?.().then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const [, line, column] = /thrower-under-test\.js:(\d+):(\d+)/.exec(error?.stack ?? '') ?? [];
  // `new Function` puts two lines in front.
  const { originalLine, originalColumn } = new SourceMap(JSON.parse(String(map))).findEntry(Number(line) - 3, Number(column) - 1) as {
    originalLine: number;
    originalColumn: number;
  };
  return { line: originalLine, column: originalColumn };
}

const positionOf = (source: string, text: string): { line: number; column: number } => {
  const before = source.slice(0, source.indexOf(text)).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
};

test.each([
  ['behind an await', 'exports.main = async () => {\n  await 1;\n  const a = await 2; throw new Error(a)\n}', 'new Error'],
  [
    'in the operand',
    'exports.main = async () => {\n  const a = 1, b = [await new (class { constructor() { throw new Error(a) } })()]\n}',
    'new Error',
  ],
  [
    'in an arrow of an expression',
    'const boom = (x) => { throw new Error(x) };\nexports.main = async () => await boom(\n  1)',
    'new Error',
  ],
  ['in a for await', 'exports.main = async () => {\n  for await (const x of [1, 2]) { await x; undefined_(x) }\n}', 'undefined_'],
  ['in a moved function', 'exports.main = async () => {\n  var f; await 1; f();\n  function f() { throw new Error("f") }\n}', 'new Error'],
  ['in catch', 'exports.main = async () => {\n  try { await Promise.reject(1) } catch (e) { await 2; e.missing.gone }\n}', 'gone'],
])('An error thrown %s is found where it was written', async (_name, source, text) => {
  expect(await thrownAt(source)).toEqual(positionOf(source, text));
});
