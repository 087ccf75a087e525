import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inflateGzip, mayInflateTo } from '../../../src/proxy/inflate.ts';

const bytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

test('gives back what was compressed, at any level', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.constantFrom(0, 1, 6, 9), (raw, level) => {
      const inflated = inflateGzip(bytes(gzipSync(raw, { level })), raw.length);
      expect(Buffer.compare(inflated as Uint8Array, raw)).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('a batch as large as they come', () => {
  const raw = Buffer.from(Array.from({ length: 1_048_576 }, (_, index) => (index * 7 + (index >> 5)) & 0xff));
  const inflated = inflateGzip(bytes(gzipSync(raw)), raw.length);
  expect(Buffer.compare(inflated as Uint8Array, raw)).toBe(0);
});

test('an optional file name in the header is stepped over', () => {
  const plain = gzipSync(Buffer.from('hello, hello'));
  const named = Buffer.concat([plain.subarray(0, 3), Buffer.from([8]), plain.subarray(4, 10), Buffer.from('a.json\0'), plain.subarray(10)]);
  expect(Buffer.from(inflateGzip(bytes(named), 12) as Uint8Array).toString()).toBe('hello, hello');
});

test('never holds more than the line said: a bomb ends at the ratio, a slow one at its size', () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000), { level: 9 });
  const slow = gzipSync(Buffer.concat([randomBytes(100_000), Buffer.alloc(20_000_000)]));
  expect(
    fastest(() => {
      expect(inflateGzip(bytes(bomb), 2_097_152)).toBe('inflate_ratio');
      expect(inflateGzip(bytes(bomb), 60_000)).toBe('inflate_ratio');
      expect(inflateGzip(bytes(slow), 2_097_152)).toBe('raw_mismatch');
    }),
  ).toBeLessThan(150);
});

/** Milliseconds of the fastest of five runs: the machine has other things to do. */
function fastest(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = performance.now();
    run();
    return performance.now() - before;
  });
  return Math.min(...times);
}

test('the ratio counts from 64 KiB on', () => {
  expect(mayInflateTo(65_536, 100)).toBe(true);
  expect(mayInflateTo(65_537, 100)).toBe(false);
  expect(mayInflateTo(250_000, 1_000)).toBe(true);
  expect(mayInflateTo(250_001, 1_000)).toBe(false);
});

test('a changed byte, a cut end, bytes behind it: each refused, none throws', () => {
  const raw = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, index) => ({ index, text: `value ${index * 7919}` }))));
  const good = gzipSync(raw);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Uint8Array.from(good);
      changed[at]! ^= mask;
      const result = inflateGzip(changed, raw.length);
      // Some bits of the header, and that a block is the last one, say nothing about the content.
      if (typeof result !== 'string') expect(Buffer.compare(result, raw)).toBe(0);
    }),
  );
  for (let cut = 1; cut < good.length; cut += 7) expect(typeof inflateGzip(bytes(good).subarray(0, cut), raw.length)).toBe('string');
  for (const tail of ['x', 'xyz', 'trailing bytes'])
    expect(typeof inflateGzip(bytes(Buffer.concat([good, Buffer.from(tail)])), raw.length)).toBe('string');
  expect(inflateGzip(bytes(Buffer.concat([good, good])), raw.length)).toBe('trailing_bytes');
});
