import { DecodeError } from './json-cursor.ts';

/** Members of one map, far beyond the tags of a span: with more and more keys of one object an engine takes longer and longer for each. */
const maxMapMembers = 100_000;

/** Keys that are remembered: so many of one length, none longer. */
const maxKnownKeys = 16;
const maxKnownKeyBytes = 40;

/**
 * Reads the MessagePack value that the bytes begin with, as an Agent does: what is behind it is not looked at, texts that are no UTF-8 are
 * mended, keys may be bytes or nil. A length is believed only as far as bytes are there, and depth is bounded: 50 bytes of headers in each
 * other make no gigabyte. Integers that no number holds come as `bigint`, binary values as bytes, extensions as NaN, which no field takes;
 * a member `__proto__` is left out.
 *
 * @param maxValueCount members of all lists and maps, whatever they are: one byte may make a map.
 *
 * @throws DecodeError
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/pbgo/trace/decoder_bytes.go
 */
export function readMessagePack(bytes: Uint8Array, maxDepth: number, maxValueCount: number = Number.POSITIVE_INFINITY): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const knownKeys = Array.from({ length: maxKnownKeyBytes + 1 }, (): (readonly [Uint8Array, string])[] => []);
  let at = 0;
  let depth = 0;
  let valueCount = 0;

  const fail = (code: 'bad_payload' | 'too_deep' = 'bad_payload'): never => {
    throw new DecodeError(code, `offset ${at}`);
  };
  /** Where the next bytes begin, which are then behind. */
  const step = (byteCount: number): number => {
    if (byteCount > bytes.length - at) fail();
    at += byteCount;
    return at - byteCount;
  };
  const take = (byteCount: number): Uint8Array => bytes.subarray(step(byteCount), at);
  const text = (byteCount: number): string => decoder.decode(take(byteCount));
  const unsigned = (byteCount: number): number => {
    const from = step(byteCount);
    if (byteCount === 1) return bytes[from]!;
    return byteCount === 2 ? view.getUint16(from) : view.getUint32(from);
  };
  const exact = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
  const signed = (byteCount: number): number | bigint => {
    const from = step(byteCount);
    if (byteCount === 1) return view.getInt8(from);
    if (byteCount === 2) return view.getInt16(from);
    return byteCount === 4 ? view.getInt32(from) : exact(view.getBigInt64(from));
  };
  const skip = (byteCount: number): number => {
    step(byteCount);
    return Number.NaN;
  };
  /** A value takes a byte at least. */
  const open = (count: number, minBytes: number): void => {
    if (minBytes > bytes.length - at) fail();
    valueCount += count;
    if (valueCount > maxValueCount) fail();
    if (++depth > maxDepth) fail('too_deep');
  };
  const array = (length: number): unknown[] => {
    open(length, length);
    const list: unknown[] = [];
    for (let index = 0; index < length; index++) list.push(value());
    depth--;
    return list;
  };
  const isAt = (from: number, expected: Uint8Array): boolean => {
    for (let index = 0; index < expected.length; index++) if (bytes[from + index] !== expected[index]) return false;
    return true;
  };
  /** Spans repeat each other's keys. */
  const textOfKey = (byteCount: number): string => {
    const from = step(byteCount);
    if (byteCount > maxKnownKeyBytes) return decoder.decode(bytes.subarray(from, at));
    const known = knownKeys[byteCount]!;
    for (const [keyBytes, key] of known) if (isAt(from, keyBytes)) return key;
    const found = bytes.subarray(from, at);
    const key = decoder.decode(found);
    if (known.length < maxKnownKeys) known.push([found, key]);
    return key;
  };
  const key = (): string => {
    const head = unsigned(1);
    if (head >= 0xa0 && head <= 0xbf) return textOfKey(head & 0x1f);
    if (head === 0xc0) return '';
    if (head >= 0xd9 && head <= 0xdb) return textOfKey(unsigned(2 ** (head - 0xd9)));
    return head >= 0xc4 && head <= 0xc6 ? textOfKey(unsigned(2 ** (head - 0xc4))) : fail();
  };
  const map = (size: number): Record<string, unknown> => {
    if (size > maxMapMembers) fail();
    open(size, size * 2);
    const result: Record<string, unknown> = {};
    for (let index = 0; index < size; index++) {
      const name = key();
      const found = value();
      if (name !== '__proto__') result[name] = found;
    }
    depth--;
    return result;
  };
  const value = (): unknown => {
    const head = unsigned(1);
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head < 0x90) return map(head & 0x0f);
    if (head < 0xa0) return array(head & 0x0f);
    if (head < 0xc0) return text(head & 0x1f);
    if (head === 0xc0) return null;
    if (head === 0xc1) return fail();
    if (head <= 0xc3) return head === 0xc3;
    if (head <= 0xc6) return take(unsigned(2 ** (head - 0xc4)));
    if (head <= 0xc9) return skip(unsigned(2 ** (head - 0xc7)) + 1);
    if (head === 0xca) return view.getFloat32(step(4));
    if (head === 0xcb) return view.getFloat64(step(8));
    if (head === 0xcf) return exact(view.getBigUint64(step(8)));
    if (head <= 0xce) return unsigned(2 ** (head - 0xcc));
    if (head <= 0xd3) return signed(2 ** (head - 0xd0));
    if (head <= 0xd8) return skip(2 ** (head - 0xd4) + 1);
    if (head <= 0xdb) return text(unsigned(2 ** (head - 0xd9)));
    if (head <= 0xdd) return array(unsigned(head === 0xdc ? 2 : 4));
    return map(unsigned(head === 0xde ? 2 : 4));
  };
  return value();
}
