import assert from 'node:assert/strict';
import { isKept } from '../../../src/trace/sampling-hash.ts';
import { run } from '../children.ts';
import type { Part } from '../parts.ts';

const rates = [0.001, 0.1, 0.25, 0.5, 0.999];

/** The same traces are kept here and by dd-trace-js: ten thousand ids at five rates. */
export const sampleTheSame: Part = async ({ tally, peers, seed }) => {
  if (peers.missing !== undefined) return tally.skip('decisions of dd-trace', peers.missing);
  const ids: [number, number][] = [];
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  for (let count = 0; count < 10_000; count++) ids.push([next(), next()]);
  const decimals = ids.map(([high, low]) => String((BigInt(high) << 32n) | BigInt(low)));
  const theirs: boolean[][] = JSON.parse(
    await run(process.execPath, [`${peers.path}decide.cjs`, JSON.stringify(rates), ...chunksOf(decimals)], { cwd: peers.path }),
  );
  for (const [index, rate] of rates.entries()) {
    await tally.check(`dd-trace: ${ids.length} traces at rate ${rate}, seed ${seed}`, () => {
      const differ = ids.filter(([high, low], at) => isKept(high, low, rate) !== theirs[index]![at]);
      assert.deepEqual(differ, []);
    });
  }
};

/** Few enough for a command line. */
const chunksOf = (texts: readonly string[]): string[] =>
  Array.from({ length: Math.ceil(texts.length / 1000) }, (_, index) => texts.slice(index * 1000, (index + 1) * 1000).join());
