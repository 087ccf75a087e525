import { expect, test } from 'vitest';
import { applyAgentLimits } from '../../../src/datadog/agent-limits.ts';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';

test('names, keys, values and their number, cut at whole characters', () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, 'v']));
  const span = {
    service: 'é'.repeat(60),
    name: 'n'.repeat(101),
    type: 't'.repeat(101),
    resource: '🛒'.repeat(1_251),
    meta: { [`${'k'.repeat(200)}x`]: 'a', long: 'é'.repeat(12_501), ...many },
    metrics: { a: 1 },
  } as unknown as DatadogSpan;
  applyAgentLimits(span);
  expect([span.service.length, span.name.length, span.type.length, [...span.resource].length]).toEqual([50, 100, 100, 1_250]);
  expect(span.meta['k'.repeat(200)]).toBe('a');
  expect(span.meta['long']).toBe('é'.repeat(12_500));
  expect(Object.keys(span.meta)).toHaveLength(512);
});

test('env, version and internal tags stand behind any number of others', () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, 'v']));
  const numbers = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`n${index}`, index]));
  const late = { env: 'prod', version: '1', '_dd.p.dm': '-0', '_dd.origin': 'rum' };
  const span = {
    service: '',
    name: '',
    type: '',
    resource: '',
    meta: { ...many, ...late },
    metrics: { ...numbers, _sampling_priority_v1: 1, '_dd.top_level': 1 },
  } as unknown as DatadogSpan;
  applyAgentLimits(span);
  expect(span.meta).toMatchObject(late);
  expect([span.meta['k511'], span.meta['k512']]).toEqual(['v', undefined]);
  expect(span.metrics).toMatchObject({ n511: 511, _sampling_priority_v1: 1, '_dd.top_level': 1 });
  expect([Object.keys(span.meta).length, Object.keys(span.metrics).length]).toEqual([516, 514]);
});

test('a span within its limits is left alone', () => {
  const span = { service: 'a', name: 'b', type: '', resource: 'c', meta: { k: 'v' }, metrics: { n: 1 } } as unknown as DatadogSpan;
  const before = structuredClone(span);
  applyAgentLimits(span);
  expect(span).toEqual(before);
});
