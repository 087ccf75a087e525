import { describe, expect, test } from 'vitest';
import { parseEnvelopeLine } from '../../../src/export/envelope-parse.ts';
import { envelopeSchema, envelopeVectors, matchesSchema } from './vectors.ts';

describe('test vectors of the envelope', () => {
  for (const { name, text, ...expected } of envelopeVectors) {
    test(name, () => expect(parseEnvelopeLine(new TextEncoder().encode(text))).toEqual(expected));
  }

  test('the schema takes what the reader takes', () => {
    for (const { name, text, line, field } of envelopeVectors) {
      const first = text.split('\n', 1)[0]!;
      const isByteRule = field === 'service';
      if (line !== undefined) expect(matchesSchema(JSON.parse(first), envelopeSchema), name).toBe(true);
      else if (field !== undefined && !isByteRule) expect(matchesSchema(JSON.parse(first), envelopeSchema), name).toBe(false);
    }
  });

  test('at least twenty, a third of them refusals', () => {
    expect(envelopeVectors.length).toBeGreaterThanOrEqual(20);
    expect(envelopeVectors.filter((vector) => vector.error).length).toBeGreaterThan(6);
  });
});
