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

/** What every card number has, however it is grouped. */
export const digits = /\d{4}[ -]?\d{4}/;

/**
 * Secrets by their published shapes. Keys of vendors have a fixed beginning and a fixed alphabet; they are matched by both.
 * @see https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 */
export const secretPatterns: readonly SecretPattern[] = [
  {
    name: 'private-key',
    hint: '-----BEGIN',
    find: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  },
  {
    name: 'authorization',
    hint: /bearer|basic|digest|token/i,
    find: /\b(Bearer|Basic|Digest|Token)(\s{1,4})[\w+/=~.-]{6,4000}/gi,
    put: (match, scheme, space) => (/[\d=.+/_-]|[a-z][A-Z]/.test(match.slice(scheme!.length)) ? `${scheme}${space}?` : match),
  },
  {
    name: 'vendor-key',
    hint: hasLongWord,
    // In order: JSON Web Token, AWS, GitHub with npm and Hugging Face, GitHub, GitLab, Slack, Stripe, Google, OpenAI and Anthropic, PyPI,
    // SendGrid, Twilio, Shopify.
    find: /(?<![\w-])eyJ[\w-]{12,4000}\.[\w-]{2,8000}(?:\.[\w-]{0,2000})?|\b(?:A(?:KI|SI|BI|CC|RO|ID)A[A-Z2-7]{16}\b|(?:gh[pousr]|npm|hf)_[A-Za-z0-9]{30,255}\b|github_pat_\w{22,255}|gl[a-z]{2,5}-[\w-]{20,64}|xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,255}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[\w+/=]{24,255}|AIza[\w-]{35}|ya29\.[\w-]{20,512}|GOCSPX-[\w-]{28}|sk-[\w-]{20,255}|pypi-[\w-]{50,255}|SG\.[\w-]{16,32}\.[\w-]{30,64}|(?:AC|SK)[0-9a-f]{32}\b|shp[a-z]{2}_[0-9a-fA-F]{32}\b)/g,
  },
  // Keys of whoever it may be: long, of every class of characters, without a word in it.
  { name: 'mixed', hint: hasLongWord, find: /(?<![\w/+.-])[\w-]{32,512}(?![\w/+-])/g, put: (match) => (isRandom(match) ? '?' : match) },
  {
    name: 'key-value',
    hint: /:(?!\/\/)|=(?!\?(?:&|$))/,
    find: /(?<![A-Za-z0-9])(pass(?:word|wd|phrase)?|pwd|secret|client_secret|(?:access|refresh|auth|id|session)[_-]?token|token|api[_-]?key|access[_-]?key|secret[_-]?key|session(?:id)?|credentials?)(["']?\s{0,3}[:=]\s{0,3}["']?)([^\s"'&,;}{)(<>]{3,4000})/gi,
    put: (_, key, mark) => `${key}${mark}?`,
  },
  {
    name: 'email',
    hint: '@',
    // Takes every run of characters that could stand before an @, once: with an @ behind it or not.
    find: /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+(@(?=[^\s@]{4,255})(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,24}(?![\p{L}\p{N}-]))?/gu,
    put: (match, host) => (host === undefined ? match : `${match.slice(0, Math.max(0, match.length - host.length - maxLocalPart))}?`),
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

/** Card schemes by their ranges and lengths, those that are in use: longer numbers of other ranges are ids and times. */
const cardSchemes: readonly RegExp[] = [
  /^4(?:\d{12}|\d{15})$/,
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[689]\d)\d{11}$/,
  /^(?:6011|64[4-9]\d|65\d{2})\d{12}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^62\d{14,17}$/,
  /^220[0-4]\d{12}$/,
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/,
];

/** A number of a card scheme's range and length whose check digit is right. @see ISO/IEC 7812-1 */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  if (!cardSchemes.some((scheme) => scheme.test(digits)) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    sum += index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

function isAddress6(text: string): boolean {
  const groups = text.split(':');
  return text.includes('::')
    ? groups.length <= 8 && /[0-9a-f]/i.test(text) && text.length > 4
    : groups.length === 8 && groups.every((group) => group !== '');
}

function isRandom(text: string): boolean {
  return /[A-Z].*[A-Z].*[A-Z]/.test(text) && /[a-z].*[a-z].*[a-z]/.test(text) && /\d.*\d.*\d/.test(text) && !/[a-z]{6}|[A-Z]{8}/.test(text);
}
