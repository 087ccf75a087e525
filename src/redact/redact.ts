import { addressPatterns, type SecretPattern, secretPatterns } from './patterns.ts';
import { redactQuery, redactUrls } from './redact-url.ts';

/** Options of `redact`. */
export interface RedactOptions {
  /** Also addresses of the Internet Protocol. Default false. */
  readonly addresses?: boolean;
  /** Names of query parameters whose values stay, e.g. `page`. Default none. */
  readonly keepQuery?: readonly string[];
  /** Further secrets by their shape. */
  readonly patterns?: readonly SecretPattern[];
}

/** A value as attributes have it. */
export type RedactValue = <T>(key: string, value: T) => T;

/** Attributes whose value is a secret whatever it looks like; `session.id` is not one, as it names what one looks for. */
const secretKey =
  /(?:^|[._-])(?:auth|authorization|token|secret|password|passwd|passphrase|pwd|jwt|bearer|sso|saml|csrf|xsrf|credentials?|cookies?|set[_-]cookie|api[_-]?key|private[_-]?key|access[_-]?key)(?:\.\d+)?$/i;
/** Attributes that hold a query alone. */
const queryKey = /(?:^|\.)(?:query_string|url\.query|query)$/;
/** Nothing that any pattern looks for. */
const plain = /^[A-Za-z_.-]{0,20}$/;
/** Values that were seen: batches repeat themselves. */
const maxRemembered = 2_000;

/**
 * Makes a function that takes secrets out of attribute values: query values, user names and fragments of addresses, e-mail addresses,
 * tokens and keys of known shape, card numbers, and all of what an attribute named `password` or the like holds. `?` stands instead.
 * Works on strings and on strings in arrays; the rest stays as it is. Linear in the length of the text. Never throws.
 *
 * @example
 * ```ts
 * const clean = redact({ keepQuery: ['page'] });
 * clean('http.url', 'https://me:pw@shop.example/a?page=2&code=7#x'); // https://shop.example/a?page=2&code=?
 * ```
 */
export function redact(options: RedactOptions = {}): RedactValue {
  const patterns = [...secretPatterns, ...(options.addresses ? addressPatterns : []), ...(options.patterns ?? [])];
  const rules = { keepQuery: new Set(options.keepQuery) };
  const remembered = new Map<string, string>();

  function clean(text: string): string {
    if (plain.test(text)) return text;
    const known = remembered.get(text);
    if (known !== undefined) return known;
    let result = redactUrls(text, rules);
    for (const { hint, find, put = () => '?' } of patterns) {
      if (typeof hint === 'string' ? result.includes(hint) : hint.test(result)) result = result.replace(find, put);
    }
    if (text.length <= 500) {
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(text, result);
    }
    return result;
  }

  function cleanValue(key: string, value: unknown): unknown {
    if (typeof value === 'string') {
      if (secretKey.test(key)) return value === '' ? '' : '?';
      return clean(queryKey.test(key) ? redactQuery(value, rules) : value);
    }
    return Array.isArray(value) ? value.map((item) => cleanValue(key, item)) : value;
  }

  return (key, value) => cleanValue(key, value) as typeof value;
}
