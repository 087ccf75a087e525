import { addressPatterns, digits, hasLongWord, type SecretPattern, secretPatterns } from './patterns.ts';
import { redactQuery, redactUrls } from './redact-url.ts';
import { createMemory } from './remember.ts';

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

/**
 * Attributes whose value is a secret whatever it looks like, words apart by `_`. `session.id` is not one, as it names what one looks for, but
 * `PHPSESSID` and the like are, as they name cookies; `prompt_tokens` and the like are counted.
 */
const secretKey =
  /(?:^|[._-])(?:auth|authorization|auth(?:orization)?[._-]headers?|token|(?:access|auth|refresh|session|id|api|bearer|csrf|user|device)[._-]tokens|secrets?|pass_?(?:word|wd|phrase|code)s?|pass_?word[._-](?:hash|salt)|pwd|jwt|bearer|sso|saml|csrf|xsrf|credentials?|cookies?|set[_-]cookie|(?:api|private|access)[_-]?key|(?:php|j)?sess(?:ion|_)?id|net_session_id)(?:\.\d+)?$|^tokens$/i;
/** Where words of a name in camel case meet. */
const joint = /[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g;
/** Attributes that hold a query alone. */
const queryKey = /(?:^|\.)(?:query_string|url\.query|query)$/;
/** Nothing that any pattern looks for, where it is short. */
const plain = /^[A-Za-z_.-]*$/;
/** One of these is in everything that the patterns of this room look for, but for long words and numbers: most texts hold none. */
const special = /[@:=?#;%]|(?:rer|sic|est|ken)\s|-----|whsec_/i;

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
  const isOwn = patterns.length === secretPatterns.length;
  const rules = { keepQuery: new Set(options.keepQuery) };
  const memory = createMemory((key) => (secretKey.test(key.replace(joint, '$&_')) ? 2 : queryKey.test(key) ? 1 : 0), clean);

  function clean(text: string): string {
    if (isOwn && !special.test(text) && (text.length < 13 || !(digits.test(text) || hasLongWord(text)))) return text;
    let result = redactUrls(text, rules);
    let last: SecretPattern['hint'] = '';
    let isHere = false;
    for (const { hint, find, put } of patterns) {
      // Neighbours with the same hint: what it said is near enough for the second one.
      if (hint !== last)
        isHere = typeof hint === 'string' ? result.includes(hint) : typeof hint === 'function' ? hint(result) : hint.test(result);
      last = hint;
      if (isHere) result = result.replace(find, put ?? hide);
    }
    return result;
  }

  function cleanText(key: string, text: string): string {
    const known = memory.key(key);
    // Whether there is one is no secret.
    if (known.kind > 1) return /^(?:true|false)?$/.test(text) ? text : '?';
    if (known.kind) return memory.text(known, redactQuery(text, rules));
    return text.length <= 20 && plain.test(text) ? text : memory.text(known, text);
  }

  function cleanValue(key: string, value: unknown): unknown {
    if (typeof value === 'string') return cleanText(key, value);
    return Array.isArray(value) ? value.map((item) => cleanValue(key, item)) : value;
  }

  return (key, value) => cleanValue(key, value) as typeof value;
}

function hide(): string {
  return '?';
}
