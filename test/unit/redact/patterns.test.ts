import { expect, test } from 'vitest';
import { isCardNumber } from '../../../src/redact/card-number.ts';
import { addressPatterns, secretPatterns } from '../../../src/redact/patterns.ts';

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
  const samples: Record<string, string | string[]> = {
    'private-key': '-----BEGIN PRIVATE KEY-----abc',
    authorization: 'Bearer abc123',
    'vendor-key': [
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x',
      'AKIAIOSFODNN7EXAMPLE',
      `ghp_${'a1'.repeat(18)}`,
      `github_pat_${'a'.repeat(30)}`,
      `glpat-${'a'.repeat(20)}`,
      'xoxb-1234567890-abc',
      `sk_live_${'a1'.repeat(12)}`,
      `whsec_${'a/'.repeat(16)}`,
      `AIza${'a'.repeat(35)}`,
      `ya29.${'a'.repeat(40)}`,
      `GOCSPX-${'a'.repeat(28)}`,
      `sk-proj-${'a'.repeat(40)}`,
      `npm_${'a'.repeat(36)}`,
      `pypi-${'a'.repeat(60)}`,
      `SG.${'a'.repeat(22)}.${'b'.repeat(43)}`,
      `AC${'0'.repeat(32)}`,
      `shpat_${'a'.repeat(32)}`,
      `hf_${'a'.repeat(34)}`,
    ],
    'key-value': 'secret=abc',
    random: ['aB3'.repeat(12), `acme_live_${'a1b2'.repeat(5)}`, `abc-${'aB3'.repeat(8)}`, `abc_${'a1z'.repeat(11)}`],
    'random-value': 'key: aB3aB3aB3aB3aB3aB3',
    cookie: 'Set-Cookie: sid=abc; Path=/',
    path: ['/reset/a1b2c3d4e5f6g7h8', '/webhooks/1234/a1b2c3d4e5f6g7h8'],
    'encoded-address': ['https%3A%2F%2Fann%3Apw%40a.example', '%3Fcode%3Dabc'],
    'user-info': ['root:hunter2@db.example', 'root:hunter2@db:5432'],
    email: 'a@b.example',
    'encoded-email': 'a%40b.example',
    card: '4111111111111111',
    ipv4: '10.0.0.7',
    ipv6: '2001:db8::1',
  };
  for (const { name, hint, find, put } of [...secretPatterns, ...addressPatterns]) {
    expect(find.global, name).toBe(true);
    for (const sample of [samples[name]!].flat()) {
      expect(typeof hint === 'string' ? sample.includes(hint) : typeof hint === 'function' ? hint(sample) : hint.test(sample), name).toBe(
        true,
      );
      expect(sample.replace(find, put ?? (() => '?')), name).not.toBe(sample);
    }
  }
  expect(Object.keys(samples)).toHaveLength(secretPatterns.length + addressPatterns.length);
});
