import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHostInflate } from '../../../src/proxy/host-inflate.ts';
import { inflateGzip, mayInflateTo } from '../../../src/proxy/inflate.ts';
import { builtInZlib } from '../../../src/runtime/built-in-zlib.ts';

const bytes = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer);
const byZlib = createHostInflate(builtInZlib());

test('a host without a zlib inflates in JavaScript', () => {
  expect(createHostInflate(undefined)).toBe(inflateGzip);
  expect(byZlib).not.toBe(inflateGzip);
});

describe.each([
  ['in JavaScript', inflateGzip],
  ['by the host', byZlib],
])('%s', (_, inflate) => {
  test('gives back what was compressed, at any level', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.constantFrom(0, 1, 6, 9), (raw, level) => {
        const inflated = inflate(bytes(gzipSync(raw, { level })), raw.length);
        expect(Buffer.compare(inflated as Uint8Array, raw)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('batches as large as they come', () => {
    for (const size of [1_048_576, 2_097_152]) {
      const raw = Buffer.from(Array.from({ length: size }, (__, index) => (index * 7 + (index >> 5)) & 0xff));
      const inflated = inflate(bytes(gzipSync(raw)), raw.length);
      expect(Buffer.compare(inflated as Uint8Array, raw)).toBe(0);
    }
  });

  test('a payload that begins with what is compressed well and is within the ratio as a whole', () => {
    const raw = Buffer.concat([Buffer.alloc(500_000), randomBytes(20_000)]);
    expect(Buffer.compare(inflate(bytes(gzipSync(raw)), raw.length) as Uint8Array, raw)).toBe(0);
  });

  test('optional parts of the header are stepped over', () => {
    const plain = gzipSync(Buffer.from('hello, hello'));
    const parts: [number, Buffer][] = [
      [8, Buffer.from('a.json\0')],
      [16, Buffer.from('a comment\0')],
      [24, Buffer.from('a.json\0a comment\0')],
      [4, Buffer.from([3, 0, 1, 2, 3])],
    ];
    for (const [flags, part] of parts) {
      const made = Buffer.concat([plain.subarray(0, 3), Buffer.from([flags]), plain.subarray(4, 10), part, plain.subarray(10)]);
      expect(Buffer.from(inflate(bytes(made), 12) as Uint8Array).toString()).toBe('hello, hello');
    }
    for (const flags of [4, 8, 16, 24]) {
      const open = Buffer.concat([plain.subarray(0, 3), Buffer.from([flags]), Buffer.alloc(20, 1)]);
      expect(typeof inflate(bytes(open), 12)).toBe('string');
    }
  });

  test('never holds more than the line said: a bomb ends there', () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000), { level: 9 });
    const slow = gzipSync(Buffer.concat([randomBytes(100_000), Buffer.alloc(20_000_000)]));
    expect(
      fastest(() => {
        expect(inflate(bytes(bomb), 2_097_152)).toBe('raw_mismatch');
        expect(inflate(bytes(bomb), 60_000)).toBe('raw_mismatch');
        expect(inflate(bytes(slow), 2_097_152)).toBe('raw_mismatch');
      }),
    ).toBeLessThan(150);
    expect(inflate(bytes(bomb.subarray(0, 2_000)), 2_097_152)).toBe('inflate_ratio');
  });

  test('a changed byte, a cut end, bytes behind it: each refused, none throws', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const result = inflate(changed(at, mask), raw.length);
        // Some bits of the header, and that a block is the last one, say nothing about the content.
        if (typeof result !== 'string') expect(Buffer.compare(result, raw)).toBe(0);
      }),
    );
    for (let cut = 1; cut < good.length; cut += 7) expect(typeof inflate(bytes(good).subarray(0, cut), raw.length)).toBe('string');
    for (const tail of ['x', 'xyz', 'trailing bytes', 'more than eighteen trailing bytes'])
      expect(inflate(bytes(Buffer.concat([good, Buffer.from(tail)])), raw.length)).toBe('bad_gzip');
    expect(inflate(bytes(Buffer.concat([good, good])), raw.length)).toBe('trailing_bytes');
    for (const said of [raw.length - 1, raw.length + 1, 0, 1]) expect(inflate(bytes(good), said)).toBe('raw_mismatch');
  });
});

const raw = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, index) => ({ index, text: `value ${index * 7919}` }))));
const good = gzipSync(raw);

function changed(at: number, mask: number): Uint8Array {
  const copy = Uint8Array.from(good);
  copy[at]! ^= mask;
  return copy;
}

test('both ways take and refuse the same', () => {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.integer({ min: -2, max: 2 }), (at, mask, more) => {
      // A stream that never says it ends is whole for fflate where size and checksum are right.
      fc.pre(!(at === 10 && mask === 1));
      const [ours, theirs] = [inflateGzip(changed(at, mask), raw.length + more), byZlib(changed(at, mask), raw.length + more)];
      expect(typeof ours).toBe(typeof theirs);
    }),
    { numRuns: 3_000 },
  );
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
