import { readFileSync } from 'node:fs';
import type { EnvelopeLine } from '../../../src/export/envelope.ts';

/** Text of a request body, and what a reader makes of it. */
export interface EnvelopeVector {
  readonly name: string;
  readonly text: string;
  readonly line?: EnvelopeLine;
  readonly payloadOffset?: number;
  readonly error?: string;
  readonly field?: string;
}

export const envelopeVectors: readonly EnvelopeVector[] = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));
export const envelopeSchema: Schema = JSON.parse(readFileSync(new URL('line.schema.json', import.meta.url), 'utf8'));

export interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Whether a value holds to a schema; throws on a keyword it does not know, so that no rule is passed over. */
export function matchesSchema(value: unknown, schema: Schema): boolean {
  return Object.entries(schema).every(([keyword, rule]) => keywordHolds(keyword, rule, value, schema));
}

function keywordHolds(keyword: string, rule: unknown, value: unknown, schema: Schema): boolean {
  switch (keyword) {
    case '$schema':
    case 'title':
    case 'description':
      return true;
    case 'type':
      return typeOf(value) === rule || (rule === 'number' && typeOf(value) === 'integer');
    case 'const':
      return value === rule;
    case 'enum':
      return (rule as unknown[]).includes(value);
    case 'minimum':
      return (value as number) >= (rule as number);
    case 'maxLength':
      return [...(value as string)].length <= (rule as number);
    case 'pattern':
      return new RegExp(rule as string).test(value as string);
    case 'required':
      return (rule as string[]).every((key) => Object.hasOwn(value as object, key));
    case 'properties':
      return Object.entries(schema.properties!).every(
        ([key, inner]) => !Object.hasOwn(value as object, key) || matchesSchema((value as Record<string, unknown>)[key], inner),
      );
    case 'additionalProperties':
      return Object.entries(value as object).every(([key, member]) => key in schema.properties! || matchesSchema(member, rule as Schema));
    default:
      throw new Error(`Cannot check a schema as its keyword is not known: current value is ${keyword}`);
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
