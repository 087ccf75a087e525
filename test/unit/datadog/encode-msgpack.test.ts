import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { readTraces } from '../../../src/datadog/decode.ts';
import { encodeMsgpack } from '../../../src/datadog/encode-msgpack.ts';
import { readEvents } from '../../../src/datadog/read-events.ts';
import { finished, link, received } from './spans.ts';

test('what is packed is read again, to the last bit', () => {
  const event = { name: 'e', seconds: 1_790_000_000, nanos: 1, attributes: { a: [1, 2] }, droppedAttributesCount: 0 };
  const chunks = received([finished({ parentHigh: 0xffffffff, parentLow: 0xffffffff, events: [event], links: [link({ k: 'v' })] })]);
  const read = readTraces(decode(encodeMsgpack(chunks), { useBigInt64: true }));
  if ('error' in read) throw new Error(read.error);
  expect(read.map((chunk) => chunk.map(readEvents))).toEqual(chunks);
});
