import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { completeFirstSpan, restrictPageTags } from '../../../src/datadog/page-tags.ts';

const span = (meta: Record<string, string>, metrics: Record<string, number> = {}): DatadogSpan => ({ meta, metrics }) as DatadogSpan;

test('a closed list is kept, every other internal tag goes', () => {
  const kept = {
    '_dd.p.tid': '66f2b52b00000000',
    '_dd.p.dm': '-3',
    '_dd.p.ksr': '0.25',
    '_dd.base_service': 'a',
    '_dd.span_links': '[]',
    '_dd.parent_id': '1',
    '_dd.origin': 'rum',
    env: 'prod',
    dd: 'x',
  };
  const keptNumbers = {
    _sampling_priority_v1: 1,
    '_dd.top_level': 1,
    '_dd.measured': 1,
    '_dd.rule_psr': 0.5,
    '_dd.limit_psr': 1,
    '_dd.span_sampling.mechanism': 8,
    '_dd1.sr.eausr': 1,
    n: 2,
  };
  const one = span(
    { ...kept, '_dd.hostname': 'h', '_dd.p.usr.id': 'x', '_dd.tags.process': 'x', _sampling_rule: 'x', '_dd1.sr.eausr': '1' },
    {
      ...keptNumbers,
      '_dd.agent_psr': 1,
      _sample_rate: 0.001,
      _top_level: 1,
      _trace_root: 1,
      '_dd.partial_version': 1,
      '_dd1.sr.rcusr': 0.001,
    },
  );
  restrictPageTags([one]);
  expect(one.meta).toEqual(kept);
  expect(one.metrics).toEqual(keptNumbers);
});

test('a span of a page is analysed as its trace is kept, wholly or not at all', () => {
  const analysed = (rate: number, priority?: number) => {
    const chunk = [
      span({}, priority === undefined ? {} : { _sampling_priority_v1: priority }),
      span({}, { '_dd1.sr.eausr': rate, '_dd1.sr.rapre': 0.01 }),
    ];
    restrictPageTags(chunk);
    return chunk[1]!.metrics;
  };
  expect([analysed(1, 1), analysed(0, 2)]).toEqual([{ '_dd1.sr.eausr': 1 }, { '_dd1.sr.eausr': 0 }]);
  expect([analysed(1, 0), analysed(1, -1), analysed(1), analysed(0.5, 1), analysed(1e9, 1), analysed(-1, 1)]).toEqual(Array(6).fill({}));
});

test('binary values are servers’ alone', () => {
  const one = { ...span({}), metaStruct: { '_dd.stack': 'AQ==' } };
  restrictPageTags([one]);
  expect(one.metaStruct).toBeUndefined();
});

test('values that are none are no exception', () => {
  const one = span({ '_dd.origin': 'evil', '_dd.p.dm': '-3,x', '_dd.p.tid': 'ZZ', '_dd.p.ksr': '2', '_dd.parent_id': '4111 1111' });
  restrictPageTags([one]);
  expect(one.meta).toEqual({});
});

test('nobody but a server keeps by force; a decision to keep is always one', () => {
  const priority = (given: number) => {
    const one = span({}, { _sampling_priority_v1: given });
    restrictPageTags([one]);
    return [one.metrics['_sampling_priority_v1'], one.meta['_dd.p.dm']];
  };
  expect([2, 1, 0, -1, 99, -99, 0.5].map(priority)).toEqual([
    [1, '-0'],
    [1, '-0'],
    [0, undefined],
    [-1, undefined],
    [1, '-0'],
    [-1, undefined],
    [1, '-0'],
  ]);
});

test('how it was decided is said by the first span of what is kept, as a page may decide it', () => {
  const mechanism = (said: string | undefined, priority?: number) => {
    const chunk = [
      span(said === undefined ? {} : { '_dd.p.dm': said }, priority === undefined ? {} : { _sampling_priority_v1: priority }),
      span({ '_dd.p.dm': '-4' }),
    ];
    restrictPageTags(chunk);
    expect(chunk[1]!.meta).toEqual({});
    return chunk[0]!.meta['_dd.p.dm'];
  };
  expect(['-0', '-1', '-3', '-4', '-5', '-8', '-11', '-99', undefined].map((said) => mechanism(said, 2))).toEqual([
    '-0',
    '-1',
    '-3',
    '-0',
    '-0',
    '-0',
    '-0',
    '-0',
    '-0',
  ]);
  expect([mechanism('-3', 0), mechanism('-5', -1), mechanism('-3')]).toEqual([undefined, undefined, undefined]);
});

test('where chunks of one trace became one, the decision of the first that says one stays', () => {
  const chunk = [span({}), span({ '_dd.p.dm': '-3' }, { _sampling_priority_v1: 1 })];
  restrictPageTags(chunk);
  expect(chunk).toEqual([span({ '_dd.p.dm': '-3' }, { _sampling_priority_v1: 1 }), span({}, { _sampling_priority_v1: 1 })]);
});

test('the trace’s tags stand on the first span', () => {
  const chunk = [span({}), span({ '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-3' }, { _sampling_priority_v1: 1 })];
  completeFirstSpan(chunk);
  expect(chunk[0]).toMatchObject({ meta: { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-3' }, metrics: { _sampling_priority_v1: 1 } });
  completeFirstSpan([]);
});
