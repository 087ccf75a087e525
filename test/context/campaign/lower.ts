import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lowerAsync } from '../../../src/transform/lower-async.ts';
import { loadCompiler } from '../build-app.ts';
import type { Report } from './report.ts';

const source = `
  const first = await Promise.resolve(1);
  async function named(a, b = 2) { await null; return [this.v, arguments.length, a + b] }
  async function* rows() { yield first; yield* [2] }
  class A { static #p = 3; static async m() { await null; return A.#p } }
  let seen = [];
  for await (const x of rows()) seen.push(x);
  export default [first, await named.call({ v: 9 }, 1), await A.m(), seen, named.constructor.name, named.length];
  export const modern = ((a) => a?.b ?? 5)(null);
`;

/** Mode 'lower': both compilers lower async and nothing else, and top-level await survives. */
export async function runLower(report: Report): Promise<void> {
  for (const compiler of ['@swc/core', '@babel/core']) {
    const load = (name: string): Promise<unknown> =>
      name === '@swc/core' && compiler !== name ? Promise.reject(new Error('absent')) : loadCompiler(name);
    const lowered = (await lowerAsync(source, 'source.js', 'js', load))?.code ?? '';
    report.check(
      `${compiler}: nothing but async is lowered`,
      lowered.includes('?.b ?? 5') && lowered.includes('#p') && !/async (?:function|\()/.test(lowered),
      lowered.slice(0, 400),
    );
    // Helpers may be imported from packages of the compiler.
    const inPlace = lowered.replace(
      /from "(@swc\/helpers[^"]*)"/g,
      (_all, name) => `from "${pathToFileURL(join(import.meta.dirname, '../frameworks/node_modules', name))}"`,
    );
    const { default: result, modern } = (await import(`data:text/javascript,${encodeURIComponent(inPlace)}`)) as {
      default: unknown;
      modern: unknown;
    };
    report.check(
      `${compiler}: top-level await survives`,
      JSON.stringify(result) === '[1,[9,1,3],3,[1,2],"Function",1]' && modern === 5,
      JSON.stringify(result),
    );
  }
}
