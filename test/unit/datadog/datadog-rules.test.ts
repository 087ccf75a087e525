import { describe, expect, test } from 'vitest';
import { datadogRules } from '../../../src/datadog/datadog-rules.ts';
import { matchesGlob } from '../../../src/datadog/glob.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';
import { finished } from './spans.ts';

const trace = () => new LocalTrace('', 0, 1);

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a*c', 'abbbc', true],
  ['a*c', 'abbbd', false],
  ['GET /health?', 'get /healthz', true],
  ['GET /health?', 'get /health', false],
  ['*api*', 'my-API-server', true],
  ['a.b', 'axb', false],
  ['[a]', 'a', false],
  ['a**b', 'ab', true],
  ['*a*b*c', 'xxaxxbxxbc', true],
])('glob %j on %j is %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

test('a pattern made to be slow is not', () => {
  // The least of three: the machine has other things to do.
  const times = [1, 2, 3].map(() => {
    const from = performance.now();
    expect(matchesGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
    return performance.now() - from;
  });
  expect(Math.min(...times)).toBeLessThan(200);
});

test('the first rule that matches decides', () => {
  const rules = datadogRules({
    rules: [
      { service: 'other*', sampleRate: 0 },
      { name: 'http.server.*', resource: 'GET /health*', sampleRate: 0 },
      { tags: { 'customer.tier': 'gold', env: 'golden-*', team: 'w?b' }, sampleRate: 1 },
      { name: 'server.request', sampleRate: 0 },
    ],
  });
  const decide = (more: Parameters<typeof finished>[0]) => rules.decide(trace(), finished(more));
  expect(decide({})).toBeUndefined();
  expect(decide({ attributes: { 'service.name': 'Other-1' } })).toEqual({ priority: -1, mechanism: 3, ruleRate: 0 });
  expect(decide({ kind: 1, name: 'GET /healthz', attributes: { 'http.request.method': 'GET' } })).toMatchObject({ priority: -1 });
  expect(decide({ kind: 1, name: 'x', attributes: { 'http.request.method': 'GET', 'resource.name': 'GET /health' } })).toMatchObject({
    priority: -1,
  });
  const resource = { service: 's', env: 'golden-env', version: '', tags: { team: 'web' } };
  expect(decide({ resource, attributes: { 'customer.tier': 'Gold' } })).toEqual({ priority: 2, mechanism: 3, ruleRate: 1, limitRate: 1 });
  expect(decide({ resource, kind: 1, attributes: { 'customer.tier': 'silver' } })).toMatchObject({ priority: -1 });
  expect(decide({ kind: 1, attributes: { 'customer.tier': 'gold' } })).toMatchObject({ priority: -1 });
});

test('no more than the limit in a second; what is over it is dropped, and the share says so', () => {
  let now = 10_000;
  const rules = datadogRules({ rules: [{ sampleRate: 1 }], rateLimit: 2, now: () => now });
  const next = () => rules.decide(trace(), finished());
  expect(next()).toMatchObject({ priority: 2, limitRate: 1 });
  expect(next()).toMatchObject({ priority: 2, limitRate: 1 });
  expect(next()).toMatchObject({ priority: -1, limitRate: (2 / 3 + 1) / 2 });
  expect(next()).toMatchObject({ priority: -1, limitRate: (2 / 4 + 1) / 2 });
  now = 11_000;
  expect(next()).toMatchObject({ priority: 2, limitRate: (1 + 0.5) / 2 });
  now = 15_000;
  expect(next()).toMatchObject({ priority: 2, limitRate: 1 });
});

test('a negative limit is none', () => {
  const rules = datadogRules({ rules: [{ sampleRate: 1 }], rateLimit: -1, now: () => 0 });
  for (let count = 0; count < 200; count++) expect(rules.decide(trace(), finished())).toMatchObject({ priority: 2 });
});

describe('single spans', () => {
  test('the first rule that matches, with its own limit; the same answer for the same span', () => {
    const rules = datadogRules({
      spanRules: [
        { service: 'golden-*', name: 'internal', maxPerSecond: 1 },
        { name: 'server.*', sampleRate: 0 },
      ],
      now: () => 0,
    });
    const span = finished();
    const metrics = {
      '_dd.span_sampling.mechanism': 8,
      '_dd.span_sampling.rule_rate': 1,
      '_dd.span_sampling.max_per_second': 1,
    };
    expect(rules.sampleSpan(span)).toEqual(metrics);
    expect(rules.sampleSpan(span)).toEqual(metrics);
    expect(rules.sampleSpan(finished())).toBeUndefined();
    expect(rules.sampleSpan(finished({ kind: 1 }))).toBeUndefined();
    expect(rules.sampleSpan(finished({ kind: 2 }))).toBeUndefined();
  });

  test('without a limit of its own none is said', () => {
    expect(datadogRules({ spanRules: [{}] }).sampleSpan(finished())).toEqual({
      '_dd.span_sampling.mechanism': 8,
      '_dd.span_sampling.rule_rate': 1,
    });
  });
});

test.each([
  [
    { rules: [{ sampleRate: 1 }, { sampleRate: 3 }] },
    'Cannot make sampling rules as `rules[1].sampleRate` must be within 0..1: current value is 3',
  ],
  [{ spanRules: [{ sampleRate: -1 }] }, 'Cannot make sampling rules as `spanRules[0].sampleRate` must be within 0..1: current value is -1'],
  [{ rules: [{ sampleRate: Number.NaN }] }, 'current value is NaN'],
])('misuse throws %#', (options, message) => {
  expect(() => datadogRules(options)).toThrow(message);
});
