import { expect, test } from 'vitest';
import { type EnvelopeLine, formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { envelopeSchema, envelopeVectors, matchesSchema } from '../../conformance/envelope/vectors.ts';

const line = envelopeVectors[0]!.line!;
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const read = (text: string): EnvelopeLine => JSON.parse(text) as EnvelopeLine;

test('prints the fields in the order of the contract, one line', () => {
  expect(formatEnvelopeLine(line)).toBe(`${envelopeVectors[0]!.text.split('\n', 1)[0]}\n`);
});

test('what is printed holds to the schema', () => {
  for (const vector of envelopeVectors) {
    if (vector.line) expect(matchesSchema(read(formatEnvelopeLine(vector.line)), envelopeSchema)).toBe(true);
  }
});

test('leaves out what is not there', () => {
  const text = formatEnvelopeLine({ ...line, token: undefined, final: undefined });
  expect(text).not.toMatch(/token|final|undefined/);
});

test('cuts service, env and version at 100, 200 and 100 bytes, whole characters', () => {
  const { service, env, version } = read(
    formatEnvelopeLine({ ...line, service: `${'é'.repeat(49)}x🛒`, env: '🛒'.repeat(60), version: 'v'.repeat(300) }),
  );
  expect(service).toBe(`${'é'.repeat(49)}x`);
  expect(env).toBe('🛒'.repeat(50));
  expect(version).toBe('v'.repeat(100));
});

test('stays within 2,048 bytes with the longest token and a full ledger, which is never cut', () => {
  const dropped = Object.fromEntries(
    Object.keys((envelopeSchema.properties!['ledger']!.properties!['dropped'] as { properties: object }).properties).map((key) => [
      key,
      123_456_789,
    ]),
  );
  const full = {
    ...line,
    token: 't'.repeat(1024),
    service: '\u0001'.repeat(200),
    env: '"'.repeat(300),
    version: '\ud800'.repeat(200),
    ledger: { notSampled: 123_456_789, dropped },
  };
  const text = formatEnvelopeLine(full);
  expect(bytesOf(text)).toBeLessThanOrEqual(2_048);
  expect(bytesOf(text)).toBeGreaterThan(1_700);
  expect(read(text).ledger).toEqual(full.ledger);
  expect(text.indexOf('\n')).toBe(text.length - 1);
});

test('a toJSON on the prototypes changes nothing', () => {
  const prototype = Object.prototype as { toJSON?: () => string };
  prototype.toJSON = () => 'spoilt';
  try {
    expect(formatEnvelopeLine(line)).toBe(`${envelopeVectors[0]!.text.split('\n', 1)[0]}\n`);
  } finally {
    delete prototype.toJSON;
  }
});
