import { gzipSync } from 'node:zlib';
import type { Random } from '../../campaign/random.ts';
import { jsonPieces } from './dictionary.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Flips bits, takes out, doubles, cuts, puts in: one to four times. */
export function mutateBytes(random: Random, bytes: Uint8Array): Bytes {
  let result = Uint8Array.from(bytes);
  for (let times = 1 + random.below(4); times > 0; times--) result = mutateOnce(random, result);
  return result;
}

function mutateOnce(random: Random, bytes: Bytes): Bytes {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(64, bytes.length) + 1);
  switch (random.below(7)) {
    case 0: {
      const flipped = bytes.slice();
      if (at < flipped.length) flipped[at]! ^= 1 << random.below(8);
      return flipped;
    }
    case 1:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 2:
      return join(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return join(bytes.subarray(0, at), random.bytes(length), bytes.subarray(at));
    case 5:
      return join(bytes, random.bytes(1 + random.below(40)));
    default:
      return join(bytes.subarray(0, at), new TextEncoder().encode(random.pick(jsonPieces)), bytes.subarray(at));
  }
}

/** Changes JSON so that most of it stays JSON: puts pieces where values, members or elements begin, replaces numbers, drops and doubles. */
export function mutateJson(random: Random, text: string): string {
  let result = text;
  for (let times = 1 + random.below(3); times > 0; times--) result = mutateJsonOnce(random, result);
  return result;
}

function mutateJsonOnce(random: Random, text: string): string {
  const piece = random.pick(jsonPieces);
  const at = placeAfter(random, text, random.pick(['{', ':', ',', '[', '"', '}']));
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return replaceNumber(
        random,
        text,
        random.pick(['0', '-1', '1e999', '18446744073709551616', '1.5', '9007199254740993', '-0', '"7"', 'null', '4e18']),
      );
    case 2: {
      const to = placeAfter(random, text, random.pick([',', '}', ']', '"']));
      return text.slice(0, Math.min(at, to)) + text.slice(Math.max(at, to));
    }
    case 3: {
      const to = Math.min(text.length, at + random.below(400));
      return text.slice(0, to) + text.slice(at, to) + text.slice(to);
    }
    case 4: {
      // Inside braces, where a member may stand.
      const brace = placeAfter(random, text, '{');
      const member = random.pick(jsonPieces.filter((each) => each.endsWith(',') && each.startsWith('"')));
      return text.slice(0, brace) + member + text.slice(brace);
    }
    case 5: {
      const depth = 1 + random.below(20);
      const value = placeAfter(random, text, ':');
      return `${text.slice(0, value)}${'{"a":['.repeat(depth)}1${']}'.repeat(depth)},"b":${text.slice(value)}`;
    }
    case 6: {
      const quote = placeAfter(random, text, '"');
      return text.slice(0, quote) + piece.replaceAll('"', '\\"').replaceAll(/\p{Cc}/gu, ' ') + text.slice(quote);
    }
    default:
      return random.pick([
        text.slice(0, at),
        `[${text}]`,
        text.slice(1, -1),
        `${text} `,
        `${text}]`,
        `\ufeff${text}`,
        text.replaceAll('"meta"', '"Meta"'),
        '[]',
        '[[]]',
        '[[],[]]',
        '',
      ]);
  }
}

/** The place after one of the occurrences of a character. */
function placeAfter(random: Random, text: string, character: string): number {
  const at = text.indexOf(character, random.below(Math.max(1, text.length)));
  return at < 0 ? random.below(text.length + 1) : at + 1;
}

function replaceNumber(random: Random, text: string, value: string): string {
  const from = random.below(Math.max(1, text.length));
  const match = /[:[,]-?\d+(\.\d+)?([eE][+-]?\d+)?/.exec(text.slice(from));
  if (match === null) return text;
  return text.slice(0, from + match.index + 1) + value + text.slice(from + match.index + match[0].length);
}

/** A gzip member with everything that its header may hold, several members, none, or bytes behind. */
export function mutateGzip(random: Random, raw: Uint8Array, gzip: Uint8Array): Bytes {
  switch (random.below(9)) {
    case 0:
      return join(gzip, gzip);
    case 1:
      return join(gzip, gzipSync(''));
    case 2:
      return join(gzip, random.bytes(1 + random.below(20)));
    case 3: {
      const flags = Uint8Array.from(gzip);
      flags[3] = random.below(256);
      return flags;
    }
    case 4: {
      // A name in the header, as `gzip file` writes it.
      return join(gzip.subarray(0, 3), Uint8Array.of(8), gzip.subarray(4, 10), new TextEncoder().encode('name\0'), gzip.subarray(10));
    }
    case 5: {
      const trailer = Uint8Array.from(gzip);
      trailer[trailer.length - 1 - random.below(Math.min(8, trailer.length))]! ^= 1 << random.below(8);
      return trailer;
    }
    case 6:
      return Uint8Array.from(gzip.subarray(0, random.below(gzip.length)));
    case 7:
      // What a text decoder on the way makes of it.
      return new TextEncoder().encode(new TextDecoder().decode(gzip));
    default:
      return mutateBytes(random, gzipSync(raw, { level: random.below(10) }));
  }
}

export function join(...parts: readonly Uint8Array[]): Bytes {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
