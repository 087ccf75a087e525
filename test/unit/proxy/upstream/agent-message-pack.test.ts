import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { isRefusal, readTraces } from '../../../../src/datadog/decode.ts';
import { readEvents } from '../../../../src/datadog/read-events.ts';
import { encodeMessagePack } from '../../../../src/proxy/upstream/agent-message-pack.ts';
import { fullBatch } from './served.ts';

test('what is written is read back, half characters aside', () => {
  const { chunks } = fullBatch();
  const back = readTraces(decode(encodeMessagePack(chunks), { useBigInt64: true }));
  if (isRefusal(back)) throw new Error(back.error);
  expect(back.map((chunk) => chunk.map(readEvents))).toEqual(chunks);
  const [span] = chunks[0]!;
  span!.meta['note'] = 'a\ud800b';
  expect((decode(encodeMessagePack(chunks), { useBigInt64: true }) as [[{ meta: Record<string, string> }]])[0][0].meta['note']).toBe(
    'a\ufffdb',
  );
});
