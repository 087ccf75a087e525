import fc from 'fast-check';
import { after, alnum, base64url, digits, hex, lower, upper, word } from './alphabets.ts';

/** A card number: a prefix, digits, and the check digit of ISO/IEC 7812-1. */
function card(prefixes: readonly string[], length: number): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...prefixes), word(digits, length)).map(([prefix, rest]) => {
    const body = (prefix + rest).slice(0, length - 1);
    let sum = 0;
    [...body].toReversed().forEach((digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    });
    return body + ((10 - (sum % 10)) % 10);
  });
}

/** Shapes that patterns are written for. */
export const known: Record<string, fc.Arbitrary<string>> = {
  jwt: fc.tuple(word(base64url, 20, 60), word(base64url, 30, 200), word(base64url, 43)).map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
  bearer: after(
    'Bearer ',
    fc.tuple(word(alnum, 20, 60), word(digits, 1)).map(([a, b]) => a + b),
  ),
  aws: after('AKIA', word(`${upper}234567`, 16)),
  github: fc.oneof(after('ghp_', word(alnum, 36)), after('github_pat_', word(`${alnum}_`, 82))),
  gitlab: after('glpat-', word(base64url, 20)),
  slack: fc.tuple(word(digits, 11), word(alnum, 24)).map(([a, b]) => `xoxb-${a}-${b}`),
  stripe: after('sk_live_', word(alnum, 24, 99)),
  google: after('AIza', word(base64url, 35)),
  openai: after('sk-proj-', word(base64url, 48, 120)),
  npm: after('npm_', word(alnum, 36)),
  sendgrid: fc.tuple(word(base64url, 22), word(base64url, 43)).map(([a, b]) => `SG.${a}.${b}`),
  shopify: after('shpat_', word(hex, 32)),
  email: fc
    .tuple(word(`${lower}${digits}._+`, 3, 12), word(lower, 3, 10), fc.constantFrom('com', 'de', 'co.uk', 'example'))
    .map(([a, b, c]) => `x${a}z@${b}.${c}`),
  visa: card(['4'], 16),
  mastercard: card(['51', '55', '2221', '2720'], 16),
  amex: card(['34', '37'], 15),
  discover: card(['6011', '65'], 16),
  jcb: card(['3528', '3589'], 16),
};
/** Formats that no pattern was written for. */
export const heldApart: Record<string, fc.Arbitrary<string>> = {
  'DigitalOcean token': after('dop_v1_', word(hex, 64)),
  'Square token': after('sq0atp-', word(base64url, 22)),
  'Linear key': after('lin_api_', word(alnum, 40)),
  'Atlassian token': after('ATATT3', word(base64url, 60)),
  'Mailgun key': after('key-', word(hex, 32)),
  'Telegram bot token': fc.tuple(word('123456789', 10), word(base64url, 35)).map(([a, b]) => `${a}:${b}`),
  'Verve card': card(['506099', '650002'], 19),
};
/** Where a secret stands. */
export const contexts: ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `request failed for ${secret} after 3 tries`,
  (secret) => `{"value":"${secret}","n":1}`,
  (secret) => `[${secret}]`,
  (secret) => `Error: bad input "${secret}"\n    at run (app.js:1:2)`,
];
export const dirtyUrls: Record<string, (secret: string) => string> = {
  query: (secret) => `https://shop.example/cb?state=1&code=${secret}`,
  userinfo: (secret) => `https://user:${secret}@shop.example/a`,
  fragment: (secret) => `https://shop.example/cb#access_token=${secret}`,
  relative: (secret) => `GET /cb?code=${secret}`,
};
export const urlsHeldApart: Record<string, (secret: string) => string> = {
  'matrix parameter': (secret) => `https://shop.example/a;jsessionid=${secret}/b`,
  'secret in the path': (secret) => `https://hooks.shop.example/services/${secret}`,
};
