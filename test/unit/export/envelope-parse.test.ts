import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EnvelopeLine, formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { dropReasons, parseEnvelopeLine } from '../../../src/export/envelope-parse.ts';
import { envelopeVectors } from '../../conformance/envelope/vectors.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const text = (maxBytes: number) => fc.string({ unit: 'binary' }).filter((value) => encode(value).length <= maxBytes);
const lines: fc.Arbitrary<EnvelopeLine> = fc.record(
  {
    v: fc.constant(1 as const),
    client: fc.stringMatching(/^[0-9a-f]{32}$/),
    seq: count,
    attempt: fc.integer({ min: 1, max: 1000 }),
    sentAt: count,
    final: fc.boolean(),
    token: text(500),
    enc: fc.constantFrom('gzip' as const, 'identity' as const),
    raw: count,
    spans: count,
    runtime: fc.constantFrom('browser' as const, 'deno' as const, 'workerd' as const),
    lang: text(20),
    tracer: text(20),
    service: text(100),
    env: text(200),
    version: text(100),
    ledger: fc.record({ notSampled: count, dropped: fc.dictionary(fc.constantFrom(...dropReasons), count, { noNullPrototype: true }) }),
  },
  {
    requiredKeys: [
      'v',
      'client',
      'seq',
      'attempt',
      'sentAt',
      'enc',
      'raw',
      'spans',
      'runtime',
      'lang',
      'tracer',
      'service',
      'env',
      'version',
      'ledger',
    ],
  },
);

test('reads back what was printed, whatever follows it', () => {
  fc.assert(
    fc.property(lines, fc.uint8Array(), (line, payload) => {
      const head = encode(formatEnvelopeLine(line));
      const bytes = new Uint8Array([...head, ...payload]);
      const parsed = parseEnvelopeLine(bytes);
      expect(parsed).toEqual({
        line: parsed.line && { ...line, service: parsed.line.service, env: parsed.line.env, version: parsed.line.version },
        payloadOffset: head.length,
      });
      expect(line.service.startsWith(parsed.line!.service)).toBe(true);
    }),
  );
});

test('never throws on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      expect(parseEnvelopeLine(bytes).error).toBeDefined();
    }),
  );
});

test('never throws on a good line with one field changed, and gives no prototype away', () => {
  const good = envelopeVectors[0]!.line!;
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(good), '__proto__'), fc.json(), (key, value) => {
      const body = Object.entries(good)
        .filter(([name]) => name !== key)
        .map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`);
      const parsed = parseEnvelopeLine(encode(`{${[...body, `${JSON.stringify(key)}:${value}`].join()}}\n`));
      if (parsed.line) expect(Object.getPrototypeOf(parsed.line)).toBe(Object.prototype);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }),
  );
});

test('bytes that are not UTF-8 and a byte order mark are refused', () => {
  expect(parseEnvelopeLine(new Uint8Array([0x7b, 0xff, 0x7d, 0x0a]))).toEqual({ error: 'line_invalid' });
  expect(parseEnvelopeLine(encode(`\ufeff${envelopeVectors[0]!.text}`))).toEqual({ error: 'line_invalid' });
});
