import { expect, test } from 'vitest';
import { formatServerTiming, parseServerTiming, removeServerTiming } from '../../../src/instrument/server-timing.ts';

const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const description = `00-${spanContext.traceId}-${spanContext.spanId}-01`;
const link = { context: { ...spanContext, isRemote: true } };

test('what is written is read, alone, among others, in all headers, and as a description', () => {
  const member = formatServerTiming(spanContext);
  expect(member).toBe(`traceparent;desc="${description}"`);
  for (const text of [
    member,
    `db;dur=5, ${member}, cache;desc="hit"`,
    `content-type: text/plain\r\nserver-timing: a, ${member}\r\n`,
    `traceparent;desc=${description}`,
    `traceparent; desc="${description}"`,
    description,
  ])
    expect(parseServerTiming(text)).toEqual(link);
});

test('anything else is nothing', () => {
  for (const text of [
    null,
    undefined,
    '',
    'db;dur=5',
    'traceparent;desc="00-0-0-01"',
    `other;desc="${description}"`,
    formatServerTiming({ ...spanContext, traceId: '0'.repeat(32) }),
    formatServerTiming({ ...spanContext, spanId: '0'.repeat(16) }),
    description.replace('00-', '01-'),
    description.toUpperCase(),
  ])
    expect(parseServerTiming(text)).toBeUndefined();
});

test('ours is taken out, others stay', () => {
  const member = formatServerTiming(spanContext);
  expect(removeServerTiming(member)).toBe('');
  expect(removeServerTiming(`${member}, a;dur=1`)).toBe('a;dur=1');
  expect(removeServerTiming(`a;dur=1, ${member}, b;desc="x, y"`)).toBe('a;dur=1, b;desc="x, y"');
});
