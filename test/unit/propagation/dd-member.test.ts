import { createTraceState } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { formatDdMember, inheritTraceState, ownMember, travellingTags } from '../../../src/propagation/dd-member.ts';
import { LocalTrace } from '../../../src/trace/local-trace.ts';

const traceOf = (priority: number, mechanism = 0) => new LocalTrace('0'.repeat(16), 0, 7, () => ({ priority, mechanism }));

test('tags travel with the mechanism of a decision to keep that was made here', () => {
  const trace = traceOf(1, 3);
  Object.assign(trace.tags, {
    '_dd.p.usr.id': 'x',
    '_dd.p.tid': '1'.repeat(16),
    '_dd.p.empty': '',
    '_dd.propagation_error': 'disabled',
    other: 'x',
  });
  expect(travellingTags(trace)).toEqual([['_dd.p.usr.id', 'x']]);
  trace.decide();
  expect(travellingTags(trace)).toEqual([
    ['_dd.p.dm', '-3'],
    ['_dd.p.usr.id', 'x'],
  ]);
  trace.tags['_dd.p.dm'] = '-4';
  expect(travellingTags(trace).filter(([key]) => key === '_dd.p.dm')).toEqual([['_dd.p.dm', '-4']]);
  const dropped = traceOf(-1, 4);
  dropped.decide();
  expect(travellingTags(dropped)).toEqual([]);
});

test('256 characters are not passed, and the last parent always fits', () => {
  const trace = traceOf(2);
  trace.origin = 'o'.repeat(230);
  const parent = 'f'.repeat(16);
  expect(formatDdMember(trace, parent)).toBe(`s:2;o:${trace.origin};p:${parent}`);
  expect(formatDdMember(trace, parent)).toHaveLength(255);
  trace.origin = 'o'.repeat(232);
  expect(formatDdMember(trace, parent)).toBe(`s:2;p:${parent};t.dm:-0`);
  trace.origin = undefined;
  trace.tags['_dd.p.dm'] = '-4';
  trace.tags['_dd.p.a'] = 'x'.repeat(256 - `s:2;t.dm:-4;t.a:`.length);
  expect(formatDdMember(trace, undefined)).toHaveLength(256);
  trace.tags['_dd.p.a'] += 'x';
  expect(formatDdMember(trace, undefined)).toBe('s:2;t.dm:-4');
});

test('what is no entry is passed over', () => {
  const trace = traceOf(1);
  inheritTraceState(createTraceState('dd=;;:;x;s;p:XX!X;o:;t.:x;unknown:1;t.a:b:c,foo=1'), 1, trace);
  expect(trace).toMatchObject({ priority: 1, lastParentId: 'XX!X', origin: '' });
  expect(trace.tags).toEqual({ '_dd.p.': 'x', '_dd.p.a': 'b:c' });
  expect(trace.traceState!.serialize()).toBe('foo=1');
});

test('our member alone, if there is one', () => {
  expect(ownMember(createTraceState('foo=1,dd=s:1'))).toBe('dd=s:1');
  expect(ownMember(createTraceState('foo=1'))).toBe('');
});
