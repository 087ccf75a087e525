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

test.each([
  ['empty maps', 0x80],
  ['empty lists', 0x90],
  ['nil', 0xc0],
])('10 MiB of MessagePack that are %s are refused by the length that is said, before one is made', (_, head) => {
  for (const chunk of [[], [0x91]]) {
    const bytes = new Uint8Array(10_485_760).fill(head);
    bytes.set([...chunk, 0xdd]);
    new DataView(bytes.buffer).setUint32(chunk.length + 1, bytes.length - chunk.length - 5);
    expect(readAgentPayload(bytes, 'application/msgpack', inflateGzip, () => {})).toEqual({
      error: 'bad_payload',
      path: `offset ${chunk.length + 5}`,
    });
  }
});

test('of many short lists, and of JSON, no more is made than so many spans may have', () => {
  const bytes = new Uint8Array(10_485_760).fill(0x90);
  const lists = Math.floor(bytes.length / 1_003) - 1;
  bytes.set([0x91, 0xdc, lists >> 8, lists & 0xff]);
  for (let index = 0; index < lists; index++) bytes.set([0xdc, 1_000 >> 8, 1_000 & 0xff], 4 + index * 1_003);
  const refusal = readAgentPayload(bytes, 'application/msgpack', inflateGzip, () => {});
  expect(refusal).toMatchObject({ error: 'bad_payload' });
  expect(offsetOf(refusal)).toBeLessThan(1_210_000);
  const text = `[[{"trace_id":1,"span_id":1,"x":[${'{},'.repeat(3_000_000)}0]}]]`;
  const json = readAgentPayload(new TextEncoder().encode(text), 'application/json', inflateGzip, () => {});
  expect(json).toMatchObject({ error: 'bad_payload' });
  expect(offsetOf(json)).toBeLessThan(3 * 1_200_000 + 100);
  // a page's payload is bounded by its 2 MiB
  expect(read(`[[${span({ x: `[${'0,'.repeat(1_000_000)}0]` })}]]`)).toHaveLength(1);
});

function offsetOf(result: ReturnType<typeof readAgentPayload>): number {
  return 'error' in result ? Number(/^offset (\d+)$/.exec(result.path ?? '')?.[1]) : Number.NaN;
}
