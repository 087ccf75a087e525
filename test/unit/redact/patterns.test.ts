import { expect, test } from 'vitest';
import { addressPatterns, isCardNumber, secretPatterns } from '../../../src/redact/patterns.ts';

test('card numbers by range, length and check digit', () => {
  for (const number of [
    '4111111111111111',
    '5555-5555-5555-4444',
    '378282246310005',
    '30569309025904',
    '6011111111111117',
    '3530111333300000',
    '2223003122003222',
    '6759649826438453',
  ]) {
    expect(isCardNumber(number), number).toBe(true);
  }
  for (const number of ['4111111111111112', '1795477916860', '1795477916860123047', '0000000000000000', '9007199254740993'])
    expect(isCardNumber(number), number).toBe(false);
});

test('every expression is global, and its hint is in what it finds', () => {
  const samples: Record<string, string> = {
    'private-key': '-----BEGIN PRIVATE KEY-----abc',
    jwt: 'eyJhbGciOiJ.eyJzdWIi.x',
    authorization: 'Bearer abc123',
    'aws-key-id': 'AKIAIOSFODNN7EXAMPLE',
    github: `github_pat_${'a'.repeat(30)}`,
    gitlab: `glpat-${'a'.repeat(20)}`,
    slack: 'xoxb-1234567890-abc',
    stripe: `sk_live_${'a1'.repeat(12)}`,
    google: `AIza${'a'.repeat(35)}`,
    openai: `sk-proj-${'a'.repeat(40)}`,
    npm: `npm_${'a'.repeat(36)}`,
    pypi: `pypi-${'a'.repeat(60)}`,
    sendgrid: `SG.${'a'.repeat(22)}.${'b'.repeat(43)}`,
    twilio: `AC${'0'.repeat(32)}`,
    shopify: `shpat_${'a'.repeat(32)}`,
    'hugging-face': `hf_${'a'.repeat(34)}`,
    'key-value': 'secret=abc',
    mixed: 'aB3'.repeat(12),
    email: 'a@b.example',
    card: '4111111111111111',
    ipv4: '10.0.0.7',
    ipv6: '2001:db8::1',
  };
  for (const { name, hint, find, put } of [...secretPatterns, ...addressPatterns]) {
    const sample = samples[name]!;
    expect(find.global, name).toBe(true);
    expect(typeof hint === 'string' ? sample.includes(hint) : hint.test(sample), name).toBe(true);
    expect(sample.replace(find, put ?? (() => '?')), name).not.toBe(sample);
  }
  expect(Object.keys(samples)).toHaveLength(secretPatterns.length + addressPatterns.length);
});
