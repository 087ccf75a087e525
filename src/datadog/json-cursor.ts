/** Why a payload is refused; stable words, the proxy answers with them. */
export type DecodeErrorCode = 'bad_json' | 'too_deep' | 'too_many_spans' | 'bad_payload' | 'empty_chunk' | 'bad_span' | 'mixed_trace_ids';

/** Carries a refusal out of the reader; never leaves this room. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode;
  readonly path: string;
  constructor(code: DecodeErrorCode, path: string) {
    super(code);
    this.code = code;
    this.path = path;
  }
}

/** A place in a JSON text from which values are taken one by one. Every function throws `DecodeError`. */
export interface JsonCursor {
  /** The next value, whole. Integers that no number holds come as `bigint`; a member `__proto__` is left out. */
  value(): unknown;
  /** Steps through an array; `item` takes exactly one value. */
  array(item: (index: number) => void): void;
  /** Nothing but white space is left. */
  end(): void;
}

/** What no string holds but in escapes: all below the space. */
const controls = /[^ -\uffff]/;
/** Every integer of so many digits is exact as a number. */
const safeDigits = 15;
/** Digits of the largest 64-bit integer: longer ones are out of range for every field that wants an exact one. */
const maxIntegerDigits = 20;
/** Keys whose successors are remembered. */
const maxKnownKeys = 500;

/**
 * A JSON reader with exact integers and a bounded depth: `JSON.parse` rounds ids to 53 bits, and its access to the source text is
 * missing on Node 20. Recursion ends at `maxDepth`, so the stack is bounded as well. Time is linear in the length of the text.
 * Three bytes may make a map: `maxValueCount` bounds how many values are made before what they are is looked at.
 * @see RFC 8259
 */
export function createJsonCursor(text: string, maxDepth: number, maxValueCount: number = Number.POSITIVE_INFINITY): JsonCursor {
  let at = 0;
  let depth = 0;
  let valueCount = 0;
  /** Where the next backslash is, once `at` is beyond the last one. */
  let slashAt = -1;
  const hasControls = controls.test(text);
  // Spans repeat each other's keys in each other's order: which one follows a key, and which one comes first inside it.
  const following = new Map<string, string>();
  const inside = new Map<string, string>();

  const fail = (): never => {
    throw new DecodeError('bad_json', `offset ${at}`);
  };
  const peek = (): number => {
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    return code;
  };
  const expect = (code: number): void => {
    if (peek() !== code) fail();
    at++;
  };
  const open = (code: number): void => {
    expect(code);
    if (++depth > maxDepth) throw new DecodeError('too_deep', `offset ${at}`);
  };
  /** Whether another item or member follows; else the bracket is closed. */
  const goesOn = (close: number): boolean => {
    const code = peek();
    if (code !== close && code !== 0x2c) fail();
    at++;
    if (code === 0x2c) return true;
    depth--;
    return false;
  };
  const isEmpty = (close: number): boolean => {
    if (peek() !== close) return false;
    at++;
    depth--;
    return true;
  };
  /** Behind the quote that ends what stands in escapes. */
  const escapedEnd = (from: number): number => {
    for (let end = from; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === 0x22) return end + 1;
      if (code === 0x5c) end++;
    }
    at = text.length;
    return fail();
  };
  const string = (): string => {
    expect(0x22);
    const from = at;
    if (slashAt < from) {
      slashAt = text.indexOf('\\', from);
      if (slashAt < 0) slashAt = text.length;
    }
    const end = text.indexOf('"', from);
    if (end < 0) fail();
    if (slashAt > end && !(hasControls && controls.test(text.slice(from, end)))) {
      at = end + 1;
      return text.slice(from, end);
    }
    at = escapedEnd(from);
    try {
      return JSON.parse(text.slice(from - 1, at)) as string;
    } catch {
      at = from;
      return fail();
    }
  };
  const isNext = (key: string | undefined): key is string =>
    key !== undefined && text.charCodeAt(at) === 0x22 && text.charCodeAt(at + key.length + 1) === 0x22 && text.startsWith(key, at + 1);
  const key = (known: Map<string, string>, before: string): string => {
    const guess = known.get(before);
    if (isNext(guess)) {
      at += guess.length + 2;
      return guess;
    }
    peek();
    const from = at;
    const found = string();
    const isPlain = at - from === found.length + 2;
    if (isPlain && known.size < maxKnownKeys) known.set(before, found);
    return found;
  };
  const number = (): number | bigint => {
    const from = at;
    let value = 0;
    let code = text.charCodeAt(at);
    while (code >= 0x30 && code <= 0x39) {
      value = value * 10 + code - 0x30;
      code = text.charCodeAt(++at);
    }
    const length = at - from;
    const isPlain = length > 0 && code !== 0x2e && code !== 0x65 && code !== 0x45 && (length === 1 || text.charCodeAt(from) !== 0x30);
    // All others: with a sign, a fraction, an exponent, too long, or none.
    if (!isPlain || length > maxIntegerDigits) return anyNumber(from);
    return length <= safeDigits || Number.isSafeInteger(value) ? value : BigInt(text.slice(from, at));
  };
  const anyNumber = (from: number): number | bigint => {
    at = from;
    const grammar = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    grammar.lastIndex = at;
    const match = grammar.exec(text);
    if (match === null) return fail();
    at = grammar.lastIndex;
    const value = Number(match[0]);
    const isBigInteger =
      match[1] === undefined && match[2] === undefined && match[0].length <= maxIntegerDigits && !Number.isSafeInteger(value);
    return isBigInteger ? BigInt(match[0]) : value;
  };
  const literal = <T>(word: string, value: T): T => {
    if (!text.startsWith(word, at)) fail();
    at += word.length;
    return value;
  };
  const array = (item: (index: number) => void): void => {
    open(0x5b);
    if (isEmpty(0x5d)) return;
    let index = 0;
    do item(index++);
    while (goesOn(0x5d));
  };
  const object = (name: string): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    open(0x7b);
    if (isEmpty(0x7d)) return result;
    let member = key(inside, name);
    for (;;) {
      expect(0x3a);
      const found = value(member);
      if (member !== '__proto__') result[member] = found;
      if (!goesOn(0x7d)) return result;
      member = key(following, member);
    }
  };
  const value = (name = ''): unknown => {
    if (++valueCount > maxValueCount) throw new DecodeError('bad_payload', `offset ${at}`);
    switch (peek()) {
      case 0x7b:
        return object(name);
      case 0x5b: {
        const list: unknown[] = [];
        array(() => list.push(value()));
        return list;
      }
      case 0x22:
        return string();
      case 0x74:
        return literal('true', true);
      case 0x66:
        return literal('false', false);
      case 0x6e:
        return literal('null', null);
      default:
        return number();
    }
  };

  return {
    value,
    array,
    end(): void {
      if (!Number.isNaN(peek())) fail();
    },
  };
}
