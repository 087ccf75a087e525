import { Gunzip } from 'fflate';
import { inflateRatioFreeBytes, maxInflatedBytes, maxInflateRatio } from '../trace/limits.ts';

/** Why a gzip payload was not taken. `raw_mismatch`: it holds more or less than the line said. */
export type InflateError = 'bad_gzip' | 'trailing_bytes' | 'inflate_ratio' | 'raw_mismatch';

/**
 * Inflates one gzip member of a known size, and never holds more than `rawBytes` and a little. Length and checksum are checked, a second
 * member and trailing bytes refused. A body of somebody else's is held to a ratio of 250, what a spool wrote to `maxDeflateRatio`. Never throws.
 */
export type Inflate = (payload: Uint8Array, rawBytes: number, maxRatio?: number) => Uint8Array<ArrayBuffer> | InflateError;

/** What one byte of DEFLATE can become at most: a match of 258 bytes in two bits. */
export const maxDeflateRatio = 1_032;

/** The ratio that is judged before inflating: a payload may hold 64 KiB, and beyond that 250 times what it takes. */
export function mayInflateTo(rawBytes: number, compressedBytes: number, maxRatio: number = maxInflateRatio): boolean {
  return rawBytes <= inflateRatioFreeBytes || rawBytes <= maxRatio * compressedBytes;
}

/**
 * Inflates in JavaScript, for hosts without a zlib of their own (`createZlibInflate`). Beyond `rawBytes` it holds what one small slice of
 * input can become: at most 1,032 times itself.
 *
 * @see RFC 1952
 */
export function inflateGzip(payload: Uint8Array, rawBytes: number, maxRatio?: number): Uint8Array<ArrayBuffer> | InflateError {
  if (payload.length < 18 || payload[0] !== 0x1f || payload[1] !== 0x8b) return 'bad_gzip';
  if (!mayInflateTo(rawBytes, payload.length, maxRatio)) return 'inflate_ratio';
  // Joined at the end, as a bomb never comes to it.
  const parts: Uint8Array[] = [];
  let filled = 0;
  let taken = 0;
  let refusal: InflateError | undefined;
  const gunzip = new Gunzip((part) => {
    if (filled + part.length > rawBytes) refusal ??= 'raw_mismatch';
    if (refusal !== undefined) return;
    parts.push(part);
    filled += part.length;
  });
  gunzip.onmember = () => {
    refusal ??= 'trailing_bytes';
  };
  try {
    while (taken < payload.length && refusal === undefined) {
      const slice = payload.subarray(taken, taken + sliceBytes(taken, Math.max(maxInflatedBytes, rawBytes) - filled));
      taken += slice.length;
      gunzip.push(slice);
    }
  } catch {
    // Bytes after the member that are no member either come here too.
    refusal ??= 'bad_gzip';
  }
  if (refusal !== undefined) return refusal;
  const trailer = new DataView(payload.buffer, payload.byteOffset + payload.length - 8, 8);
  if (filled !== rawBytes) return 'raw_mismatch';
  const raw = join(parts, filled);
  if (trailer.getUint32(4, true) !== filled || trailer.getUint32(0, true) !== crc32(raw)) return 'bad_gzip';
  return raw;
}

/**
 * Large enough that the fixed cost of a slice (a 160 KiB window) stays small; smaller as what could come of it nears the limit, and at the
 * beginning, where nothing is known of the payload yet and 2 KiB can become 2 MiB.
 */
function sliceBytes(takenBytes: number, leftBytes: number): number {
  return Math.min(Math.max(512, takenBytes), 2_048, Math.max(256, Math.floor(leftBytes / maxDeflateRatio)));
}

function join(parts: readonly Uint8Array[], byteCount: number): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(byteCount);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function crc32(bytes: Uint8Array): number {
  const table = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table[index] = value;
  }
  let crc = 0xffffffff;
  // By index: an iterator takes twice as long.
  for (let index = 0; index < bytes.length; index++) crc = table[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
