import fc from 'fast-check';
import { after, alnum, base64url, digits, hex, lower, upper, word } from './alphabets.ts';

const small = lower + digits;
const parts = (between: string, ...texts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...texts).map((all) => all.join(between));

/**
 * Formats that were written down after the rules were done: every family with a shape of its own in the parts of a public scanner's rules
 * that were read, but those of `known` and `heldApart`. Whoever changes a rule for one of them moves it to `known`.
 * @see https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml
 */
export const readAfterwards: Record<string, fc.Arbitrary<string>> = {
  '1Password': after('A3-', parts('-', ...[6, 11, 5, 5, 5].map((length) => word(upper + digits, length)))),
  Adobe: after('p8e-', word(small, 32)),
  age: after('AGE-SECRET-KEY-1', word('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)),
  'Alibaba Cloud': after('LTAI', word(alnum, 20)),
  Artifactory: after('AKCp', word(alnum, 69)),
  'Azure client secret': parts('', word(alnum, 3), word(digits, 1), fc.constant('Q~'), word(`${alnum}_~.-`, 31, 34)),
  'ClickHouse Cloud': after('4b1d', word(alnum, 38)),
  Clojars: after('CLOJARS_', word(small, 60)),
  'Cloudflare origin key': after('v1.0-', parts('-', word(hex, 24), word(hex, 146))),
  Databricks: after('dapi', word(hex, 32)),
  Doppler: after('dp.pt.', word(alnum, 43)),
  Duffel: after('duffel_test_', word(base64url, 43)),
  Dynatrace: after('dt0c01.', parts('.', word(upper + digits, 24), word(upper + digits, 64))),
  EasyPost: after('EZAK', word(alnum, 54)),
  'Facebook page': after('EAAM', word(alnum, 100, 180)),
  Flutterwave: word('abcdefgh0123456789', 32).map((text) => `FLWSECK_TEST-${text}-X`),
  'Fly.io': after('fo1_', word(base64url, 43)),
  'Frame.io': after('fio-u-', word(base64url, 64)),
  MaxMind: parts('_', word(alnum, 6), word(alnum, 29), fc.constant('mmk')),
  Notion: after('ntn_', parts('', word(digits, 11), word(alnum, 35))),
  'Octopus Deploy': after('API-', word(upper + digits, 26)),
  OpenShift: after('sha256~', word(base64url, 43)),
  Perplexity: after('pplx-', word(alnum, 48)),
  PlanetScale: after('pscale_tkn_', word(base64url, 43)),
  Postman: after('PMAK-', parts('-', word(hex, 24), word(hex, 34))),
  Prefect: after('pnu_', word(alnum, 36)),
  Pulumi: after('pul-', word(hex, 40)),
  ReadMe: after('rdme_', word(small, 70)),
  RubyGems: after('rubygems_', word(hex, 48)),
  Scalingo: after('tk-us-', word(base64url, 48)),
  Sendinblue: after('xkeysib-', parts('-', word(hex, 64), word(alnum, 16))),
  'Sentry user': after('sntryu_', word(hex, 64)),
  SettleMint: after('sm_aat_', word(alnum, 16)),
  Shippo: after('shippo_live_', word(hex, 40)),
  Typeform: after('tfp_', word(base64url, 59)),
  Vault: after('hvs.', word(base64url, 96)),
  Yandex: after('AQVN', word(base64url, 35)),
};

/** Addresses that carry a right, by their vendors' documents. */
export const urlsReadAfterwards: Record<string, (secret: string) => string> = {
  'Slack webhook': (secret) => `https://hooks.slack.com/services/T0123ABCD/B0123ABCD/${secret}`,
  'Teams webhook': (secret) => `https://shop.webhook.office.com/webhookb2/3fa85f64-5717-4562-b3fc-2c963f66afa6/IncomingWebhook/${secret}`,
  'Discord webhook': (secret) => `https://discord.com/api/webhooks/1234567890123456789/${secret}`,
  'private calendar': (secret) => `https://calendar.google.com/calendar/ical/ann/private-${secret}/basic.ics`,
  'Telegram method': (secret) => `https://api.telegram.org/bot123456789:${secret}/getMe`,
};
