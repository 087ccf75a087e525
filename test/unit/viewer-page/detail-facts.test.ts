import { expect, test } from 'vitest';
import { exceptionsOf, stackLines, tagsOf } from '../../../src/viewer/page/detail-facts.ts';
import { createSpan } from './spans.ts';

test('exceptions come from events, else from the error tags', () => {
  const attributes = {
    'exception.type': 'TypeError',
    'exception.message': 'no',
    'exception.stacktrace': 'TypeError: no\n at f (a.ts:1:2)',
  };
  const meta = { 'error.type': 'TypeError', 'error.message': 'no', 'error.stack': 'stack' };
  const event = { name: 'exception', timeNano: '1', attributes };
  expect(exceptionsOf(createSpan('a', 0, 1, { events: [event, event], meta }))).toEqual([
    { type: 'TypeError', message: 'no', stack: attributes['exception.stacktrace'] },
    { type: 'TypeError', message: 'no', stack: attributes['exception.stacktrace'] },
  ]);
  expect(exceptionsOf(createSpan('a', 0, 1, { meta }))).toEqual([{ type: 'TypeError', message: 'no', stack: 'stack' }]);
  expect(exceptionsOf(createSpan('a', 0, 1))).toEqual([]);
});

test('a stack of V8, of Firefox, and one without places', () => {
  expect(stackLines('TimeoutError: Signal timed out\n    at charge (src/pay.ts:41:17)\n    at src/main.ts:3:1\n    … 2 frames')).toEqual([
    { call: 'at charge', place: '(src/pay.ts:41:17)' },
    { call: 'at ', place: 'src/main.ts:3:1' },
    { call: '… 2 frames', place: '' },
  ]);
  expect(stackLines('charge@http://x/a.js:1:2\n@http://x/b.js:3:4')).toEqual([
    { call: 'charge@', place: 'http://x/a.js:1:2' },
    { call: '@', place: 'http://x/b.js:3:4' },
  ]);
  expect(stackLines('')).toEqual([]);
});

test('tags of the tracer stand apart, those shown elsewhere are left out', () => {
  const meta = { env: 'dev', version: '1', 'error.stack': 's', '_dd.p.tid': '6b', language: 'javascript', 'cart.id': 'c' };
  expect(tagsOf(createSpan('a', 0, 1, { meta, metrics: { _sampling_priority_v1: 1, items: 3 } }))).toEqual({
    own: [
      ['cart.id', 'c'],
      ['items', 3],
    ],
    wire: [
      ['_dd.p.tid', '6b'],
      ['language', 'javascript'],
      ['_sampling_priority_v1', 1],
    ],
  });
});
