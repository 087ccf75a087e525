/**
 * Walks through a MessagePack value without making any of it: a decoder makes an array as long as a header says, so that 50 bytes of
 * headers in each other take a gigabyte. After this every length was seen to be true, and depth is bounded.
 *
 * @returns undefined where the bytes are one whole value no deeper than `maxDepth`.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function refuseMessagePack(bytes: Uint8Array, maxDepth: number): 'bad_payload' | 'too_deep' | undefined {
  /** Values still to come in each value that is open. */
  const open = [1];
  let at = 0;

  /** An unsigned integer of 1, 2 or 4 bytes; out of every bound where it is cut off. */
  const length = (byteCount: number): number => {
    let value = 0;
    for (const end = at + byteCount; at < end; at++) value = value * 256 + (bytes[at] ?? Number.POSITIVE_INFINITY);
    return value;
  };

  while (open.length > 0) {
    if (open[open.length - 1]!-- === 0) {
      open.pop();
      continue;
    }
    const head = bytes[at++];
    if (head === undefined || head === 0xc1) return 'bad_payload';
    const values = valueCount(head, length);
    if (values === undefined) {
      // Not in one expression, as reading a length moves `at`.
      const skipped = byteCountOf(head, length);
      at += skipped;
    } else if (open.length > maxDepth) return 'too_deep';
    else open.push(values);
    // A value takes a byte at least.
    if (!(at + (values ?? 0) <= bytes.length)) return 'bad_payload';
  }
  return at === bytes.length ? undefined : 'bad_payload';
}

/** How many values an array or a map holds; undefined for all else. */
function valueCount(head: number, length: (byteCount: number) => number): number | undefined {
  if (head >= 0x80 && head <= 0x8f) return (head & 0x0f) * 2;
  if (head >= 0x90 && head <= 0x9f) return head & 0x0f;
  if (head === 0xdc || head === 0xdd) return length(head === 0xdc ? 2 : 4);
  return head === 0xde || head === 0xdf ? length(head === 0xde ? 2 : 4) * 2 : undefined;
}

/** Bytes behind the head, and behind the length, of a value that holds no others. */
function byteCountOf(head: number, length: (byteCount: number) => number): number {
  if (head >= 0xa0 && head <= 0xbf) return head & 0x1f;
  if (head < 0xc4 || head >= 0xe0) return 0;
  // bin, ext with the byte of its type, float, unsigned, signed, fixext with it, str.
  if (head <= 0xc6) return length(2 ** (head - 0xc4));
  if (head <= 0xc9) return length(2 ** (head - 0xc7)) + 1;
  if (head <= 0xcb) return head === 0xca ? 4 : 8;
  if (head <= 0xd3) return 2 ** ((head - 0xcc) & 3);
  if (head <= 0xd8) return 2 ** (head - 0xd4) + 1;
  return length(2 ** (head - 0xd9));
}
