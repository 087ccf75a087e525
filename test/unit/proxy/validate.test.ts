import { expect, test } from 'vitest';
import { inflateGzip } from '../../../src/proxy/inflate.ts';
import { readAgentPayload, readPayload } from '../../../src/proxy/validate.ts';

const now = 1_795_477_916_860;
const span = (over: Record<string, string> = {}): string => {
  const fields = { trace_id: '5', span_id: '7', start: '1795477916860123047', duration: '1', meta: '{}', ...over };
  return `{${Object.entries(fields)
    .map(([key, value]) => `"${key}":${value}`)
    .join()}}`;
};
const read = (text: string, count = 1) => readPayload(new TextEncoder().encode(text), count, now);

test('spans in fresh objects, without what nobody knows', () => {
  const chunks = read(`[[${span({ evil: '{"a":1}', meta: '{"__proto__":"x","constructor":"y","a":"b"}' })}]]`);
  expect(chunks).toMatchObject([[{ spanLow: 7, meta: { a: 'b', constructor: 'y' } }]]);
  expect(JSON.stringify(chunks)).not.toContain('evil');
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});

test('chunks of one trace become one, of two trace ids with the same low half stay two', () => {
  const tid = (high: string) => `{"_dd.p.tid":"${high}"}`;
  const [first, second] = ['00000000000000aa', '00000000000000bb'];
  const text = [first, second, first].map((high) => `[${span({ meta: tid(high) })}]`).join();
  expect((read(`[${text}]`, 3) as unknown[][]).map((chunk) => chunk.length)).toEqual([2, 1]);
});

test.each([
  ['more spans than said', `[[${span()},${span()}]]`, 'spans_mismatch'],
  ['none', '[]', 'no_spans'],
  ['before 2000', `[[${span({ start: '1795477916860' })}]]`, 'bad_time'],
  ['two days ahead', `[[${span({ start: '1795650716860123047' })}]]`, 'bad_time'],
  ['longer than a year', `[[${span({ duration: '31536001000000000' })}]]`, 'bad_time'],
  ['two traces in one chunk', `[[${span()},${span({ trace_id: '6' })}]]`, 'mixed_trace_ids'],
])('%s is refused', (_, text, error) => {
  expect(read(text)).toMatchObject({ error });
});

test('in the Agent’s form 50 bytes of lengths that are no lengths make no gigabyte', () => {
  const bytes = Uint8Array.from({ length: 50 }, (_, index) => [0xdd, 0, 0xa0, 0, 0][index % 5]!);
  const start = process.memoryUsage().rss;
  expect(readAgentPayload(bytes, 'application/msgpack', inflateGzip)).toMatchObject({ error: 'bad_payload' });
  expect(process.memoryUsage().rss - start).toBeLessThan(200_000_000);
});
