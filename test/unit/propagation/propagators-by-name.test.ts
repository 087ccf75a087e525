import { expect, test } from 'vitest';
import { propagatorsByName } from '../../../src/propagation/propagators-by-name.ts';

const firstFields = (...names: string[]) => propagatorsByName(names).propagators.map((propagator) => propagator.fields()[0]);

test('every name of the environment, in the order named, without case, each once', () => {
  expect(firstFields('Datadog', ' tracecontext', 'baggage', 'b3', 'B3multi', 'b3 single header', 'datadog')).toEqual([
    'x-datadog-trace-id',
    'traceparent',
    'baggage',
    'b3',
    'x-b3-traceid',
  ]);
});

test('none is none at all', () => expect(propagatorsByName(['none', 'datadog'])).toEqual({ propagators: [], unknown: [] }));

test('unknown names are handed back', () => {
  const { propagators, unknown } = propagatorsByName(['xray', 'constructor', '', 'baggage']);
  expect(propagators).toHaveLength(1);
  expect(unknown).toEqual(['xray', 'constructor']);
});

test('options reach the styles', () => {
  expect(propagatorsByName(['datadog'], { tags: false }).propagators[0]!.fields()).not.toContain('x-datadog-tags');
});
