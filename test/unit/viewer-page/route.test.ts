import { expect, test } from 'vitest';
import { formatRoute, parseRoute } from '../../../src/viewer/page/route.ts';
import { traceId } from './spans.ts';

test.each([
  ['#/traces', { page: 'traces', filter: '' }],
  ['', { page: 'traces', filter: '' }],
  ['#/traces?q=service%3Aapi%20%40a%3A%3E%3D5', { page: 'traces', filter: 'service:api @a:>=5' }],
  [`#/trace/${traceId}`, { page: 'trace', traceId, spanId: '', filter: '' }],
  [`#/trace/${traceId}/00000000000000a1?q=x`, { page: 'trace', traceId, spanId: '00000000000000a1', filter: 'x' }],
  ['#/play', { page: 'play', filter: '' }],
])('%s is read and written', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
  expect(parseRoute(formatRoute(parseRoute(hash)))).toEqual(route);
});

test.each(['#/trace/xyz', `#/trace/${traceId.toUpperCase()}`, '#/elsewhere', '#%', '#/traces?q=%'])('%s is the list', (hash) => {
  expect(parseRoute(hash).page).toBe('traces');
});
