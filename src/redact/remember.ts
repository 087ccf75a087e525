/** Keys that are known. */
const maxKeys = 200;
/** Characters of keys and texts above which they are not remembered. */
const maxLength = 500;
/** Characters of a generation of remembered texts, with 100 for each entry; there are two. With the keys at most 1.2 MB, mostly 0.6. */
const maxCharacters = 128_000;
/** Texts of a key that were all new, in a row: from then on one of 32 is remembered, as they are ids. */
const maxMisses = 32;

/** A text and what became of it. */
interface Seen {
  readonly text: string;
  readonly result: string;
}

/** What is known of a key. */
export interface KnownKey<K> {
  readonly kind: K;
  /** The last text: in most of a batch it stays the same. */
  last: Seen | undefined;
  misses: number;
}

/** What was found out of keys and texts, for those that come again. */
export interface Memory<K> {
  key(key: string): KnownKey<K>;
  text(known: KnownKey<K>, text: string): string;
}

/** Batches repeat their keys and texts: both are looked at once. Bounded in entries and in characters, whatever comes. */
export function createMemory<K>(kindOf: (key: string) => K, clean: (text: string) => string): Memory<K> {
  const keys = new Map<string, KnownKey<K>>();
  let young = new Map<string, Seen>();
  let old = new Map<string, Seen>();
  let roomLeft = maxCharacters;

  return {
    key(key) {
      let known = keys.get(key);
      if (known === undefined) {
        known = { kind: kindOf(key), last: undefined, misses: 0 };
        if (keys.size >= maxKeys) keys.clear();
        if (key.length <= maxLength) keys.set(copy(key), known);
      }
      return known;
    },
    text(known, text) {
      if (known.last?.text === text) {
        known.misses = 0;
        return known.last.result;
      }
      if (text.length > maxLength || (++known.misses > maxMisses && known.misses % 32)) return clean(text);
      let seen = young.get(text);
      if (seen === undefined) {
        seen = old.get(text);
        if (seen === undefined) {
          const result = copy(clean(text));
          seen = { text: result === text ? result : copy(text), result };
        } else known.misses = 0;
        roomLeft -= seen.text.length + seen.result.length + 100;
        if (roomLeft < 0) {
          old = young;
          young = new Map();
          roomLeft = maxCharacters;
        }
        young.set(seen.text, seen);
      } else known.misses = 0;
      known.last = seen;
      return seen.result;
    },
  };
}

/** The same in memory of its own: what was cut out of a body would hold the whole of it. */
function copy(text: string): string {
  return ` ${text}`.slice(1);
}
