import { expect, test } from 'vitest';
import { fuzzProxy } from '../fuzz/proxy/fuzz-proxy.ts';
import { fuzzInJobs } from '../fuzz/proxy/jobs.ts';
import { forgeTokens } from '../fuzz/proxy/tokens.ts';

// The campaign, a million inputs and more checks, is `npm run test:fuzz`.
const seed = Math.floor(Math.random() * 1e9);

test(`5,000 mutated requests, seed ${seed}: answered with a code, nothing thrown, nothing fetched elsewhere`, {
  timeout: 60_000,
}, async () => {
  const { failures, uncaught, prototypes, codes, ranCount } = await fuzzProxy({ seed, count: 5_000 });
  expect(failures).toEqual([]);
  expect(uncaught).toEqual([]);
  expect(prototypes).toEqual([]);
  expect(ranCount).toBeGreaterThan(4_900);
  // What is accepted, and refusals from the line to the spans: the mutations still reach both ends.
  for (const code of ['202', 'line_invalid', 'bad_gzip', 'bad_json', 'bad_span', 'unauthorized', 'not_found'])
    expect(codes.has(code), code).toBe(true);
});

test(`2,000 forged tokens, seed ${seed}: none is let in`, { timeout: 60_000 }, async () => {
  expect((await forgeTokens(seed, 2_000)).failures).toEqual([]);
});

test(`inputs in two processes are those of one, seed ${seed}`, { timeout: 60_000 }, async () => {
  const options = { seed, count: 600, from: 100, endsMillis: Number.POSITIVE_INFINITY };
  const [one, two] = [await fuzzInJobs(options, 1), await fuzzInJobs(options, 2)];
  expect(Object.fromEntries(two.layers)).toEqual(Object.fromEntries(one.layers));
  expect(two.ranCount).toBe(one.ranCount);
  expect(two.failures).toEqual([]);
});
