import { expect, test } from 'vitest';
import { transformAsync } from '../../../src/transform/transform-async.ts';
import { checkPrograms } from '../../context/equivalence/check-programs.ts';
import { compareProgram } from '../../context/equivalence/compare-program.ts';
import { createTraceHost } from '../../context/equivalence/node-host.ts';

test('Transformed programs do the same in the same microtasks, and are in their context all the while', async () => {
  const { count, invalidCount, failures } = await checkPrograms({});
  expect(failures).toEqual([]);
  expect(invalidCount).toBe(0);
  expect(count).toBeGreaterThan(1200);
}, 60_000);

test('So do programs written at random', async () => {
  const seed = Math.floor(Math.random() * 1e9);
  const { invalidCount, failures } = await checkPrograms({ seed, count: 400 });
  expect(failures).toEqual([]);
  expect(invalidCount).toBeLessThan(20);
}, 60_000);

test('A run-time that does not put the context back is found out', async () => {
  const host = createTraceHost();
  const broken = {
    ...host,
    require: (id: string) => ({ ...(host.require(id) as object), resume: (_frame: object, value: unknown) => value }),
  };
  const program = { name: 'one await', code: 'exports.main = async function main() { await 1; log(1) }' };
  const { differences } = await compareProgram(program, transformAsync(program.code)?.code, broken);
  expect(differences).toEqual(['in A: 1: undefined instead of A']);
});

test('A transform that costs a microtask is found out', async () => {
  const program = { name: 'one await', code: 'exports.main = async function main() { await 1; log(1) }' };
  const { differences } = await compareProgram(program, program.code.replace('await 1', 'await await 1'), createTraceHost());
  expect(differences[0]).toMatch(/^in root: effect \d+ is · instead of 1$/);
});
