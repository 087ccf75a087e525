import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { decodeMessagePack, isRefusal } from '../../../../src/datadog/decode.ts';
import { readEvents } from '../../../../src/datadog/read-events.ts';
import { encodeMessagePack } from '../../../../src/proxy/upstream/agent-message-pack.ts';
import { fullBatch } from './served.ts';

test('what is written is read back, half characters aside', () => {
  const { chunks } = fullBatch();
  const back = decodeMessagePack(encodeMessagePack(chunks));
  if (isRefusal(back)) throw new Error(back.error);
  expect(back.map((chunk) => chunk.map(readEvents))).toEqual(chunks);
  expect(decodeMessagePack(encodeMessagePack(chunks, true))).toEqual(
    chunks.map((chunk) =>
      chunk.map((span) => ({ ...span, links: undefined, meta: { ...span.meta, '_dd.span_links': expect.any(String) } })),
    ),
  );
  const [span] = chunks[0]!;
  span!.meta['note'] = 'a\ud800b';
  expect((decode(encodeMessagePack(chunks), { useBigInt64: true }) as [[{ meta: Record<string, string> }]])[0][0].meta['note']).toBe(
    'a\ufffdb',
  );
});

test('what an Agent reads of typed events: integers as integers, doubles as doubles, one type in an array, none for nothing', () => {
  const { chunks } = fullBatch();
  chunks[0]![0]!.events = [
    { name: 'e', seconds: 1, nanos: 2, attributes: { i: 7, d: 1.5, b: true, s: 'x', mixed: [1, 2.5], none: [], lost: [null] as never } },
    { name: 'bare', seconds: 1, nanos: 3, attributes: { none: [] } },
  ];
  const packed = encodeMessagePack(chunks, true);
  const [[span]] = decode(packed, { useBigInt64: true }) as [[Record<string, unknown>]];
  expect(span['span_events']).toEqual([
    {
      time_unix_nano: 1_000_000_002n,
      name: 'e',
      attributes: {
        i: { type: 2n, int_value: 7n },
        d: { type: 3n, double_value: 1.5 },
        b: { type: 1n, bool_value: true },
        s: { type: 0n, string_value: 'x' },
        mixed: {
          type: 4n,
          array_value: {
            values: [
              { type: 3n, double_value: 1 },
              { type: 3n, double_value: 2.5 },
            ],
          },
        },
        lost: { type: 4n, array_value: { values: [{ type: 0n, string_value: '' }] } },
      },
    },
    { time_unix_nano: 1_000_000_003n, name: 'bare' },
  ]);
  expect(span['meta']).not.toHaveProperty('events');
  // 0xcb is a double: the Agent refuses an integer there
  const at = Buffer.from(packed).lastIndexOf('double_value');
  expect(packed[at + 'double_value'.length]).toBe(0xcb);
});

test('events that find no room in their tag are counted', () => {
  const { chunks } = fullBatch();
  const [span] = chunks[0]!;
  span!.events = Array.from({ length: 3 }, () => ({ name: 'e', seconds: 1, nanos: 1, attributes: { text: 'x'.repeat(10_000) } }));
  const [[plain]] = decode(encodeMessagePack(chunks), { useBigInt64: true }) as [[{ metrics: Record<string, number> }]];
  expect(plain.metrics['otel.dropped_events_count']).toBe(3);
});

test('binary values of servers are bytes', () => {
  const { chunks } = fullBatch();
  chunks[0]![0]!.metaStruct = { '_dd.stack': 'AQID' };
  const [[span]] = decode(encodeMessagePack(chunks), { useBigInt64: true }) as [[Record<string, unknown>]];
  expect(span['meta_struct']).toEqual({ '_dd.stack': Uint8Array.from([1, 2, 3]) });
});
