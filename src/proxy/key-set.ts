/** Remembers which keys were there, for a time, in about 11 bytes each. */
export interface KeySet {
  /** True for a key that was added and is not forgotten; for another one with the odds below. */
  has(key: string): boolean;
  /** Adds a key as of a time (epoch milliseconds, default now), which must not go back. */
  add(key: string, atMillis?: number): void;
  /** Adds every line of a file; what has no line end is none. */
  addLines(text: Uint8Array, atMillis: number): void;
}

export interface KeySetOptions {
  /** At least so long a key is known, and at most a slice longer. */
  readonly keepMillis: number;
  /** Keys are forgotten by slices of time, whole ones. */
  readonly sliceMillis: number;
  /** Memory; taken as needed. Beyond, the oldest slice is forgotten before its time. */
  readonly maxBytes: number;
  readonly now: () => number;
  /** Told how many keys were forgotten before their time. */
  readonly onForget: (keyCount: number) => void;
}

/** Keys of one slice of time: open addressing, in tables small enough that growing one is not noticed. */
interface Slice {
  readonly period: number;
  readonly tables: (Uint32Array | undefined)[];
  readonly counts: number[];
  byteCount: number;
  keyCount: number;
}

const tableCount = 64;
const firstCapacity = 8;
const growth = 1.25;
/** Of two that stand beside each other, a hash and its other half. */
const slotBytes = 8;
const maxLoad = 0.8;
/** A slice is closed when it has this share of the memory, so that there is always an old one to forget. */
const maxSliceShare = 0.0625;

/**
 * Keeps 64-bit hashes of keys, not keys, seeded at random, so that nobody can bring about that two are the same. Taking a new key for a
 * known one would lose a batch: with 27 million keys (300 batches a second for 25 hours) it happens to one in 700 thousand million.
 */
export function createKeySet({ keepMillis, sliceMillis, maxBytes, now, onForget }: KeySetOptions): KeySet {
  let slices: Slice[] = [];
  let byteCount = 0;
  // Not drawn here, as a Worker's global scope must not.
  let seed: Uint32Array | undefined;
  // The hash of the last key.
  let low = 0;
  let high = 0;

  function hash(bytes: Uint8Array, from: number, to: number): void {
    seed ??= crypto.getRandomValues(new Uint32Array(2));
    low = seed[0]!;
    high = seed[1]!;
    for (let index = from; index < to; index++) {
      const byte = bytes[index]!;
      low = Math.imul(low ^ byte, 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(high ^ byte, 0x5f356495);
      high ^= high >>> 13;
    }
    low = mix(low ^ high) >>> 0;
    high = mix(high) >>> 0;
    // Two zeros are an empty slot.
    if (low === 0 && high === 0) low = 1;
  }

  function forgetOld(): void {
    const nowMillis = now();
    while (slices.length > 0 && (slices[0]!.period + 1) * sliceMillis + keepMillis <= nowMillis) byteCount -= slices.shift()!.byteCount;
  }

  function openSlice(period: number): Slice {
    const last = slices.at(-1);
    if (last !== undefined && last.period >= period && last.byteCount < maxBytes * maxSliceShare) return last;
    const slice: Slice = {
      period: Math.max(period, last?.period ?? period),
      tables: Array.from({ length: tableCount }, () => undefined),
      counts: Array.from({ length: tableCount }, () => 0),
      byteCount: 0,
      keyCount: 0,
    };
    slices = [...slices, slice];
    return slice;
  }

  function addHash(atMillis: number): void {
    forgetOld();
    const slice = openSlice(Math.floor(atMillis / sliceMillis));
    const number = high % tableCount;
    let table = slice.tables[number];
    const capacity = (table?.length ?? 0) / 2;
    if (table === undefined || slice.counts[number]! + 1 > capacity * maxLoad) {
      const grown = grow(table, Math.max(firstCapacity, Math.ceil(capacity * growth)));
      const addedBytes = grown.byteLength - capacity * slotBytes;
      slice.byteCount += addedBytes;
      byteCount += addedBytes;
      slice.tables[number] = grown;
      table = grown;
    }
    if (!insert(table, low, high)) return;
    slice.counts[number]!++;
    slice.keyCount++;
    while (byteCount > maxBytes && slices.length > 1) {
      const oldest = slices.shift()!;
      byteCount -= oldest.byteCount;
      onForget(oldest.keyCount);
    }
  }

  const encoder = new TextEncoder();
  const hashText = (key: string): void => {
    const bytes = encoder.encode(key);
    hash(bytes, 0, bytes.length);
  };

  return {
    has(key) {
      forgetOld();
      hashText(key);
      // The newest first: what comes twice mostly comes soon.
      for (let index = slices.length - 1; index >= 0; index--) {
        const table = slices[index]!.tables[high % tableCount];
        if (table !== undefined && find(table, low, high) < 0) return true;
      }
      return false;
    },
    add(key, atMillis = now()) {
      hashText(key);
      addHash(atMillis);
    },
    addLines(text, atMillis) {
      for (let from = 0; ; ) {
        const end = text.indexOf(10, from);
        if (end < 0) return;
        hash(text, from, end);
        addHash(atMillis);
        from = end + 1;
      }
    },
  };
}

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Where a hash may be written; -1 where it is there already. */
function find(table: Uint32Array, low: number, high: number): number {
  const capacity = table.length / 2;
  for (let slot = low % capacity; ; slot = slot + 1 === capacity ? 0 : slot + 1) {
    const foundLow = table[slot * 2]!;
    const foundHigh = table[slot * 2 + 1]!;
    if (foundLow === 0 && foundHigh === 0) return slot;
    if (foundLow === low && foundHigh === high) return -1;
  }
}

function insert(table: Uint32Array, low: number, high: number): boolean {
  const slot = find(table, low, high);
  if (slot < 0) return false;
  table[slot * 2] = low;
  table[slot * 2 + 1] = high;
  return true;
}

function grow(table: Uint32Array | undefined, capacity: number): Uint32Array {
  const grown = new Uint32Array(capacity * 2);
  for (let index = 0; index < (table?.length ?? 0); index += 2) {
    const low = table![index]!;
    const high = table![index + 1]!;
    if (low !== 0 || high !== 0) insert(grown, low, high);
  }
  return grown;
}
