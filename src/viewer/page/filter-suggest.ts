import { type FilterSubject, type FilterToken, filterKeys, parseFilter } from './filter.ts';

/** One line under the filter. */
export interface Suggestion {
  /** What the token becomes. */
  raw: string;
  /** What it says beside it: how many traces have it, or how to go on. */
  note: string;
}

const maxSuggestions = 8;
const maxLookedAtSpans = 5000;
const hints: Record<string, string> = { duration: '>50ms', spans: '>10', errors: '>0' };

/** The token under the caret, where a word is being typed. */
export function tokenAt(text: string, caret: number): FilterToken | undefined {
  return parseFilter(text).find((token) => token.start <= caret && caret <= token.end);
}

/** What may be meant by an unfinished token: keys first, then values with how many traces have them. */
export function suggest(token: FilterToken | undefined, subjects: readonly FilterSubject[]): Suggestion[] {
  if (!token) return [];
  const minus = token.negated ? '-' : '';
  const typed = token.key ? token.value : token.raw.slice(minus.length).toLowerCase();
  if (token.key === '') {
    if (typed.startsWith('@')) return attributeKeys(typed.slice(1), subjects, minus);
    return filterKeys
      .filter((key) => key.startsWith(typed))
      .slice(0, maxSuggestions)
      .map((key) => ({ raw: `${minus}${key}:`, note: hints[key] ? `${key}:${hints[key]}` : '' }));
  }
  if (token.compare !== '=') return [];
  const counts = countValues(token.key, subjects);
  return [...counts]
    .filter(([value]) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, maxSuggestions)
    .map(([value, count]) => ({ raw: `${minus}${token.key}:${/\s/.test(value) ? `"${value}"` : value}`, note: String(count) }));
}

function countValues(key: string, subjects: readonly FilterSubject[]): Map<string, number> {
  const counts = new Map<string, number>();
  let looked = 0;
  for (const subject of subjects) {
    const values = new Set<string>();
    if (key === 'service') for (const service of subject.services) values.add(service);
    else if (key === 'runtime') for (const runtime of subject.runtimes) values.add(runtime);
    else if (key === 'status') values.add(subject.errorCount > 0 ? 'error' : 'ok');
    else if (key === 'resource') values.add(subject.resource);
    else if (key === 'operation') values.add(subject.name);
    else if (key.startsWith('@') || key === 'env') {
      const name = key.replace(/^@/, '');
      for (const span of subject.spans) {
        if (looked++ > maxLookedAtSpans) break;
        const value = span.meta[name] ?? span.metrics[name];
        if (value !== undefined && String(value).length <= 80) values.add(String(value));
      }
    }
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function attributeKeys(typed: string, subjects: readonly FilterSubject[], minus: string): Suggestion[] {
  const counts = new Map<string, number>();
  let looked = 0;
  for (const subject of subjects) {
    const keys = new Set<string>();
    for (const span of subject.spans) {
      if (looked++ > maxLookedAtSpans) break;
      for (const tags of [span.meta, span.metrics]) for (const key in tags) if (key.toLowerCase().includes(typed)) keys.add(key);
    }
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => Number(a[0].startsWith('_')) - Number(b[0].startsWith('_')) || b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, maxSuggestions)
    .map(([key, count]) => ({ raw: `${minus}@${key}:`, note: String(count) }));
}
