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

/**
 * A JSON reader with exact integers and a bounded depth: `JSON.parse` rounds ids to 53 bits, and its access to the source text is
 * missing on Node 20. Recursion ends at `maxDepth`, so the stack is bounded as well.
 * @see RFC 8259
 */
export function createJsonCursor(text: string, maxDepth: number): JsonCursor {
  let at = 0;
  let depth = 0;
  const grammar = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

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
  /** Steps through what stands between two brackets; `member` takes exactly one. */
  const members = (open: number, close: number, member: (index: number) => void): void => {
    expect(open);
    if (++depth > maxDepth) throw new DecodeError('too_deep', `offset ${at}`);
    if (peek() === close) at++;
    else
      for (let index = 0; ; index++) {
        member(index);
        const code = peek();
        at++;
        if (code === close) break;
        if (code !== 0x2c) {
          at--;
          fail();
        }
      }
    depth--;
  };
  const string = (): string => {
    expect(0x22);
    const from = at;
    let isPlain = true;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      // NaN, at the end of the text, is not >= 0x20
      if (!(code >= 0x20)) fail();
      if (code === 0x5c) {
        isPlain = false;
        at++;
      }
      at++;
    }
    const end = at++;
    if (isPlain) return text.slice(from, end);
    try {
      return JSON.parse(text.slice(from - 1, at)) as string;
    } catch {
      at = from;
      return fail();
    }
  };
  const number = (): number | bigint => {
    grammar.lastIndex = at;
    const match = grammar.exec(text);
    if (match === null) return fail();
    at = grammar.lastIndex;
    const value = Number(match[0]);
    // 20 digits hold every 64-bit integer; longer ones are out of range for every field that wants an exact one
    const isBigInteger = match[1] === undefined && match[2] === undefined && match[0].length <= 20 && !Number.isSafeInteger(value);
    return isBigInteger ? BigInt(match[0]) : value;
  };
  const literal = <T>(word: string, value: T): T => {
    if (!text.startsWith(word, at)) fail();
    at += word.length;
    return value;
  };
  const array = (item: (index: number) => void): void => members(0x5b, 0x5d, item);
  const value = (): unknown => {
    switch (peek()) {
      case 0x7b: {
        const object: Record<string, unknown> = {};
        members(0x7b, 0x7d, () => {
          const key = string();
          expect(0x3a);
          const member = value();
          if (key !== '__proto__') object[key] = member;
        });
        return object;
      }
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
