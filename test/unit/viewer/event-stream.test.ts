import { expect, test } from 'vitest';
import { createEventStreams, inMessages } from '../../../src/viewer/event-stream.ts';
import type { ViewerMessage } from '../../../src/viewer/viewer-span.ts';
import { viewerSpan } from './spans.ts';

test('a page that does not read is let go before it costs memory', async () => {
  const streams = createEventStreams({ backlog: () => [][Symbol.iterator](), pingMillis: 60_000 });
  const reader = streams.open().body!.getReader();
  const message: ViewerMessage = { type: 'evicted', traces: ['x'.repeat(1_000_000)] };
  for (let count = 0; count < 100; count++) streams.send(message);
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
  expect(bytes).toBeGreaterThan(10_000_000);
  expect(bytes).toBeLessThan(20_000_000);
});

test('spans go in lists of a thousand, an empty list once', () => {
  const spans = Array.from({ length: 2_001 }, (_, index) => viewerSpan(`${index}`, '', 0, 1));
  expect([...inMessages(spans)].map((list) => list.length)).toEqual([1_000, 1_000, 1]);
  expect([...inMessages([])]).toEqual([[]]);
});
