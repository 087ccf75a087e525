import { describe, expect, test } from 'vitest';
import { createPrioritySampler, onManualTag } from '../../../src/datadog/priority-sampler.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';
import { isKept } from '../../../src/trace/sampling-hash.ts';
import { finished } from './spans.ts';

const root = finished();
const trace = (low = 1) => new LocalTrace('', 0, low);
/** Low halves whose traces a rate of one half keeps and drops. */
const kept = Array.from({ length: 100 }, (_, low) => low).find((low) => isKept(0, low, 0.5))!;
const dropped = Array.from({ length: 100 }, (_, low) => low).find((low) => !isKept(0, low, 0.5))!;

test('nothing given: keep, with rate 1 as an Agent that said nothing', () => {
  expect(createPrioritySampler({})(trace(), root)).toEqual({ priority: 1, mechanism: 0, agentRate: 1 });
});

test('the rate of the user: 2 or -1, and it travels', () => {
  const decide = createPrioritySampler({ sampleRate: 0.5, agentRate: () => 1 });
  const one = trace(kept);
  expect(decide(one, root)).toEqual({ priority: 2, mechanism: 3, ruleRate: 0.5 });
  expect(one.tags).toEqual({ '_dd.p.ksr': '0.5' });
  expect(decide(trace(dropped), undefined)).toEqual({ priority: -1, mechanism: 3, ruleRate: 0.5 });
});

test('rates of the Agent: 1 or 0', () => {
  const decide = createPrioritySampler({ agentRate: () => 0.5 });
  expect(decide(trace(kept), root)).toEqual({ priority: 1, mechanism: 1, agentRate: 0.5 });
  expect(decide(trace(dropped), root)).toEqual({ priority: 0, mechanism: 1, agentRate: 0.5 });
});

test('no root, no rate of the Agent', () => {
  expect(createPrioritySampler({ agentRate: () => 0 })(trace(), undefined)).toEqual({ priority: 1, mechanism: 0, agentRate: 1 });
});

test('rules come first, and where none matches the rest decides', () => {
  const rules = {
    decide: (_: LocalTrace, { name }: { name: string }) => (name === 'ruled' ? { priority: -1, mechanism: 3, ruleRate: 0 } : undefined),
  };
  const decide = createPrioritySampler({ rules, sampleRate: 1 });
  expect(decide(trace(), finished({ name: 'ruled' }))).toEqual({ priority: -1, mechanism: 3, ruleRate: 0 });
  expect(decide(trace(), root)).toMatchObject({ priority: 2, ruleRate: 1 });
});

test.each([
  [0.1234567, '0.123457'],
  [0.5, '0.5'],
  [1, '1'],
  [0, '0'],
  [0.0000001, '0'],
])('rate %d travels as %s', (sampleRate, text) => {
  const one = trace();
  createPrioritySampler({ sampleRate })(one, root);
  expect(one.tags['_dd.p.ksr']).toBe(text);
});

describe('by hand', () => {
  test.each([
    ['manual.keep', true, 2],
    ['manual.keep', '1', 2],
    ['manual.drop', 'true', -1],
    ['manual.drop', false, undefined],
    ['manual.keep', 'false', undefined],
    ['manual', true, undefined],
    [7, true, undefined],
  ])('%s %j is %s', (key, value, priority) => {
    const one = trace();
    onManualTag(one, key, value);
    expect(one.priority).toBe(priority);
    expect(one.decision).toEqual(priority === undefined ? undefined : { priority, mechanism: 4 });
  });

  test('what was decided or inherited stays', () => {
    const one = trace();
    one.priority = 1;
    onManualTag(one, 'manual.drop', true);
    expect(one.priority).toBe(1);
  });
});

test('the hash decides as the definition does, for every rate', () => {
  const limit = 2n ** 64n;
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0);
  for (let round = 0; round < 10_000; round++) {
    const [high, low] = [random(), random()];
    const hash = (((BigInt(high) << 32n) | BigInt(low)) * 1111111111111111111n) % limit;
    for (const rate of [0, 0.01, 0.25, 0.5, 0.999, 1]) {
      // the share in 53 bits, as a rate has no more
      const isExpected = Number(hash) <= rate * Number(limit);
      expect(isKept(high, low, rate)).toBe(isExpected);
    }
  }
});
