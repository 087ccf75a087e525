import { isCardNumber } from './card-number.ts';

/** Finds one kind of secret in a text. */
export interface SecretPattern {
  readonly name: string;
  /** Characters without which the expression cannot match: looked for first, as most texts hold none. */
  readonly hint: string | RegExp | ((text: string) => boolean);
  /** Global. Every repetition is bounded or over one class of characters, so that time is linear in the length of the text. */
  readonly find: RegExp;
  /** What stands instead; by default `?`. A function may leave a match as it is. */
  readonly put?: (match: string, ...groups: string[]) => string;
}

/** What stands between a name and a value, but for those of an address that is clean. */
const sign = /:(?!\/\/)|=(?!\?(?:&|$))|%3/;
/** What every card number has, however it is grouped. */
export const digits: RegExp = /\d{4}[ -]?\d{4}/;

/**
 * Secrets by their published shapes. Keys of vendors have a fixed beginning and a fixed alphabet; they are matched by both.
 * @see https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 */
export const secretPatterns: readonly SecretPattern[] = [
  {
    name: 'private-key',
    hint: '-----BEGIN',
    find: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  },
  {
    name: 'authorization',
    hint: /bearer|basic|digest|token/i,
    find: /\b(Bearer|Basic|Digest|Token)(\s{1,4})[\w+/=~.-]{6,}/gi,
    put: (match, scheme, space) => (/[\d=.+/_-]|[a-z][A-Z]/.test(match.slice(scheme!.length)) ? `${scheme}${space}?` : match),
  },
  {
    name: 'vendor-key',
    hint: hasLongWord,
    // In order: JSON Web Token, AWS, GitHub with npm and Hugging Face, GitHub, GitLab, Slack, Stripe, Google, OpenAI and Anthropic, PyPI,
    // SendGrid, Twilio, Shopify.
    find: /(?<![\w-])eyJ[\w-]{12,}\.[\w-]{2,}(?:\.[\w-]*)?|\b(?:A(?:KI|SI|BI|CC|RO|ID)A[A-Z2-7]{16}\b|(?:gh[pousr]|npm|hf)_[A-Za-z0-9]{30,}\b|github_pat_\w{22,}|gl[a-z]{2,5}-[\w-]{20,}|xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[\w+/=]{24,}|AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{28}|sk-[\w-]{20,}|pypi-[\w-]{50,}|SG\.[\w-]{16,32}\.[\w-]{30,}|(?:AC|SK)[0-9a-f]{32}\b|shp[a-z]{2}_[0-9a-fA-F]{32}\b)/g,
  },
  // Keys of whoever it may be.
  {
    name: 'random',
    hint: hasLongWord,
    find: /(?<![\w/+.-]|base64,)[\w-]{20,}(?![\w/+-])/g,
    put: (match) => (isKey(match) ? '?' : match),
  },
  {
    // What is in the path where a link carries its right.
    name: 'path',
    hint: hasLongWord,
    find: /([/_-](?:token|secret|reset|magic|invite|invitation|verify|verification|activate|activation|confirm|unsubscribe|otp|jwt|webhooks?(?:\/[\w-]{1,40})?)\/)([\w.~%+=:-]{15,})/gi,
    put: (match, name, value) => (randomness(value!) ? `${name}?` : match),
  },
  {
    name: 'key-value',
    hint: sign,
    // Words that are part of others (`bypass`) stand alone; the rest may end a longer name (`dbPassword`, `x-csrf-token`).
    find: /((?<![A-Za-z0-9])(?:pass|pwd|sid|otp|jwt|[cx]srf|session)|pass(?:word|wd|phrase|code)|secret|token|sess(?:ion)?_?id|credentials?|(?:api|access|private|secret|auth|signing|encryption)[_-]?key)(\\{0,15}["']?\s{0,3}(?:[:=]>?|%3[ad])\s{0,3}\\{0,15}["']?)(?!(?:null|true|false|undefined|bearer|basic)\b|\?[/%])([^\s"'&,;}{)(<>]{3,})/gi,
    put: (_, key, mark) => `${key}${mark}?`,
  },
  {
    name: 'random-value',
    hint: sign,
    find: /(?<![A-Za-z0-9])((?:key|auth|sig|signature)["']?\s{0,3}[:=]\s{0,3}["']?)([\w.~+/=-]{16,})/gi,
    put: (match, key, value) => (randomness(value!) > 1 ? `${key}?` : match),
  },
  {
    name: 'cookie',
    hint: sign,
    find: /((?:set-)?cookie["']?:\s{0,3}["']?)[\w!#$%&*+.^|~-]{1,64}=[^\r\n"']+/gi,
    put: (_, name) => `${name}?`,
  },
  {
    // An address within an address: its user, and values of its query.
    name: 'encoded-address',
    hint: '%',
    find: /(%3A%2F%2F)(?:(?!%2F|%40)[^\s"'<>&#;])+%40|(%(?:3F|26|23)[\w.~-]{1,64}%3D)(?:(?!%26|%23)[^\s"'<>&#;])+/gi,
    put: (_, scheme, name) => scheme ?? `${name}?`,
  },
  {
    name: 'user-info',
    hint: '@',
    find: /(?<![^\s"'(=,])[\w.~%+-]{1,64}:[^\s:@/"'<>]+@(?=(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b|(?:\d{1,3}\.){3}\d|localhost\b|[a-z][\w-]{0,62}:\d{2,5}(?!\w))/gi,
    put: () => '',
  },
  {
    name: 'email',
    hint: '@',
    // Takes every run of characters that could stand before an @, once: with an @ behind it or not.
    find: /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+(@(?=[^\s@]{4,255})(?!\dx\.(?:png|jpe?g|webp|avif|gif|svg)\b)(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,24}(?![\p{L}\p{N}-]))?/gu,
    put: (match, host) => (host === undefined ? match : `${match.slice(0, Math.max(0, match.length - host.length - maxLocalPart))}?`),
  },
  {
    // The same within an address. Takes every run of characters that could stand before an encoded @, once.
    name: 'encoded-email',
    hint: '%40',
    find: /%(?!2B|[89A-F])[\dA-F]{2}|(?:[\w.+-]|%(?:2B|[89A-F][\dA-F])){1,300}(%40(?!\dx\.(?:png|jpe?g|webp|avif|gif|svg)\b)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.){1,8}[a-z]{2,24}(?![a-z\d-]))?/gi,
    put: (match, host) => (host === undefined ? match : '?'),
  },
  {
    name: 'card',
    hint: digits,
    find: /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-]|\.\d)/g,
    put: (match) => (isCardNumber(match) ? '?' : match),
  },
];

/** Addresses of the Internet Protocol, both versions: only by choice, as they are often what one looks for. */
export const addressPatterns: readonly SecretPattern[] = [
  { name: 'ipv4', hint: '.', find: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d|\d)/g },
  {
    name: 'ipv6',
    hint: /:[0-9a-f:]{0,40}:/i,
    find: /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi,
    put: (match) => (isAddress6(match) ? '?' : match),
  },
];

/**
 * Whether there are 15 letters, digits, `_` or `-` in a row: no key of a vendor is shorter. Looks at every fifteenth character first; as an
 * expression it takes twenty times as long.
 */
export function hasLongWord(text: string): boolean {
  for (let at = 14; at < text.length; at += 15) {
    let from = at;
    let to = at;
    while (from >= 0 && isWordCode(text.charCodeAt(from))) from--;
    while (to - from <= 15 && isWordCode(text.charCodeAt(to))) to++;
    if (to - from > 15) return true;
  }
  // Stripe's secrets of webhooks are in the other base64, which has `/` and `+`.
  return text.includes('whsec_');
}

function isWordCode(code: number): boolean {
  return code > 0x60 ? code < 0x7b : code > 0x40 ? code < 0x5b || code === 0x5f : code > 0x2f ? code < 0x3a : code === 0x2d;
}

/** Characters before the @ of an address. @see RFC 5321 §4.5.3.1.1 */
const maxLocalPart = 64;

function isAddress6(text: string): boolean {
  const groups = text.split(':');
  return text.includes('::')
    ? groups.length <= 8 && /[0-9a-f]/i.test(text) && text.length > 4
    : groups.length === 8 && groups.every((group) => group !== '');
}

const isNamed = /^(?:[a-z0-9]{1,16}[_-]){0,2}(?:(?:key|tok|token|secret|pat|sk)[_-]|(?:api|live|test|prod|auth|access)_)([a-z0-9]{16,})/i;
const isPrefixed = /^[a-z][a-z0-9]{1,6}-([\w-]{20,})$/i;
const isLong = /^[a-z][a-z0-9]{1,11}[_-](?![0-9a-f]+$)([a-z0-9]{30,})$/i;

/**
 * Whether a word is a key: random behind a name that says so, in both cases behind a short name and a hyphen, longer than any usual id behind a
 * short name, or in both cases and 32 characters at least. Ids are left: UUIDs, digests in hex, ULIDs and KSUIDs, those of services (`pi_…`).
 */
function isKey(word: string): boolean {
  return (
    randomness(isNamed.exec(word)?.[1]) > 0 ||
    randomness(isLong.exec(word)?.[1]) > 0 ||
    randomness(isPrefixed.exec(word)?.[1] ?? (word.length < 32 ? '' : word)) > 1
  );
}

/** 1 where digits and letters alternate as they do in no name, 2 where both cases do besides. */
function randomness(text = ''): number {
  const counts = [0, 0, 0, 0];
  let changes = 0;
  let last = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const kind = code > 0x60 && code < 0x7b ? 1 : code > 0x40 && code < 0x5b ? 2 : code > 0x2f && code < 0x3a ? 3 : 0;
    counts[kind]!++;
    if (kind && last && kind !== last) changes++;
    if (kind) last = kind;
  }
  if (counts[3]! < 3 || changes * 4 < text.length) return 0;
  return counts[1]! > 2 && counts[2]! > 2 && changes * 2.2 > text.length ? 2 : 1;
}
