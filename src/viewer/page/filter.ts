import type { ViewerSpan } from '../viewer-span.ts';

/** What a filter is asked about: a trace with its figures already summed. */
export interface FilterSubject {
  id: string;
  resource: string;
  name: string;
  /** Nanoseconds. */
  duration: number;
  errorCount: number;
  spanCount: number;
  services: readonly string[];
  runtimes: readonly string[];
  spans: Iterable<ViewerSpan>;
}

type Compare = '=' | '>' | '>=' | '<' | '<=';

/** One condition of a filter, with the place it stands at in the text. */
export interface FilterToken {
  /** As typed. */
  raw: string;
  start: number;
  end: number;
  negated: boolean;
  /** Empty for a bare word; begins with `@` for an attribute. */
  key: string;
  compare: Compare;
  /** Lower case, without quotes. */
  value: string;
  /** False while it is unfinished or unknown: such a token lets everything through. */
  complete: boolean;
}

/** Keys that need no `@`, in the order in which they are suggested. */
export const filterKeys: readonly string[] = [
  'service',
  'status',
  'duration',
  'runtime',
  'resource',
  'operation',
  'spans',
  'errors',
  'trace',
  'env',
];
const numericKeys: readonly string[] = ['duration', 'spans', 'errors'];
const word = /(-?)(?:(@?[\w.$/-]+):)?(>=|<=|>|<)?("[^"]*"?|\S*)/g;

/** Splits a filter into its conditions. Never throws; what it does not understand is kept as an incomplete token. */
export function parseFilter(text: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  for (const match of text.matchAll(word)) {
    const raw = match[0];
    if (raw === '') continue;
    const [, minus = '', key = '', sign = '', rest = ''] = match;
    const value = rest.replace(/^"|"$/g, '').toLowerCase();
    const compare = (sign || '=') as Compare;
    const token = { raw, start: match.index, end: match.index + raw.length, negated: minus !== '', key, compare, value };
    tokens.push({ ...token, complete: isComplete(key, sign, value) });
  }
  return tokens;
}

function isComplete(key: string, sign: string, value: string): boolean {
  if (value === '' || (key === '' && sign !== '')) return false;
  if (key === '' || key.startsWith('@')) return sign === '' || parseNumber(key, value) !== undefined;
  if (!filterKeys.includes(key)) return false;
  if (key === 'status') return 'error'.startsWith(value) || value === 'ok';
  return numericKeys.includes(key) || sign !== '' ? parseNumber(key, value) !== undefined : true;
}

/** A number, for `duration` in nanoseconds: `50ms`, `1.5s`, `200us`, `90` (ms). */
function parseNumber(key: string, value: string): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)?$/.exec(value);
  if (!match || (match[2] && key !== 'duration')) return undefined;
  const units: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10 };
  return Number(match[1]) * (key === 'duration' ? (units[match[2] ?? 'ms'] ?? 1e6) : 1);
}

/** Whether a trace meets every complete condition. */
export function matchesFilter(subject: FilterSubject, tokens: readonly FilterToken[]): boolean {
  return tokens.every((token) => !token.complete || matchesToken(subject, token) !== token.negated);
}

function matchesToken(subject: FilterSubject, token: FilterToken): boolean {
  const { key, value } = token;
  if (key.startsWith('@')) return someSpan(subject, (span) => matchesAttribute(span, key.slice(1), token));
  switch (key) {
    case '':
      return matchesWord(subject, value);
    case 'service':
      return subject.services.some((service) => matchesText(service, value));
    case 'status':
      return subject.errorCount > 0 === (value !== 'ok');
    case 'duration':
      return compareNumbers(subject.duration, token);
    case 'spans':
      return compareNumbers(subject.spanCount, token);
    case 'errors':
      return compareNumbers(subject.errorCount, token);
    case 'runtime':
      return subject.runtimes.some((runtime) => matchesText(runtime, value));
    case 'trace':
      return subject.id.startsWith(value);
    case 'resource':
      return someSpan(subject, (span) => matchesText(span.resource, value));
    case 'operation':
      return someSpan(subject, (span) => matchesText(span.name, value));
    default:
      return someSpan(subject, (span) => matchesText(span.meta[key] ?? '', value));
  }
}

function matchesWord(subject: FilterSubject, value: string): boolean {
  if (subject.resource.toLowerCase().includes(value) || subject.name.toLowerCase().includes(value) || subject.id.startsWith(value))
    return true;
  return someSpan(
    subject,
    (span) => span.resource.toLowerCase().includes(value) || span.name.toLowerCase().includes(value) || span.spanId.startsWith(value),
  );
}

function matchesAttribute(span: ViewerSpan, key: string, token: FilterToken): boolean {
  const found = attributeOf(span, key);
  if (found === undefined) return false;
  if (token.compare !== '=') return found.trim() !== '' && compareNumbers(Number(found), token);
  return matchesText(found, token.value);
}

/** The tag of that name, whether the wire carries it as text or number. */
function attributeOf(span: ViewerSpan, key: string): string | undefined {
  if (Object.hasOwn(span.meta, key)) return span.meta[key];
  return Object.hasOwn(span.metrics, key) ? String(span.metrics[key]) : undefined;
}

/** Equal but for case; `*` stands for any text. */
function matchesText(text: string, value: string): boolean {
  const lower = text.toLowerCase();
  if (!value.includes('*')) return lower === value;
  const parts = value.split('*');
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) return lower.length - part.length >= at && lower.endsWith(part);
    const found = index === 0 ? (lower.startsWith(part) ? 0 : -1) : lower.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

function compareNumbers(left: number, token: FilterToken): boolean {
  const right = parseNumber(token.key, token.value) ?? Number.NaN;
  if (token.compare === '>') return left > right;
  if (token.compare === '>=') return left >= right;
  if (token.compare === '<') return left < right;
  return token.compare === '<=' ? left <= right : left === right;
}

function someSpan(subject: FilterSubject, test: (span: ViewerSpan) => boolean): boolean {
  for (const span of subject.spans) if (test(span)) return true;
  return false;
}

/** The text without one of its conditions. */
export function dropToken(text: string, token: FilterToken): string {
  return `${text.slice(0, token.start)} ${text.slice(token.end)}`.replace(/\s+/g, ' ').trim();
}

/** Adds a condition, or takes it out where it is already. */
export function toggleToken(text: string, raw: string): string {
  const found = parseFilter(text).find((token) => token.raw === raw);
  return found ? dropToken(text, found) : `${text.trim()} ${raw}`.trim();
}
