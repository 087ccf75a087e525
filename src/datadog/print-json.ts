/**
 * `JSON.stringify` of strings, finite numbers, booleans, arrays and plain objects, whatever a page has put on `Object.prototype` or
 * `Array.prototype` as `toJSON` (Prototype.js does). Primitives never ask for it.
 */
export function json(value: unknown): string {
  if (typeof value !== 'object' || typeof ([] as { toJSON?: unknown }).toJSON !== 'function') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(json)}]`;
  return `{${Object.entries(value as object).map((member) => member.map(json).join(':'))}}`;
}

/** Half characters, which JSON prints as escapes and every receiver reads in its own way, become U+FFFD, as in UTF-8. */
export function wellFormed(text: string): string {
  if (!text.includes('\\ud')) return text;
  // an escaped backslash is stepped over, so that what follows it is no escape
  return text.replace(/\\\\|\\ud[89a-f]../g, (found) => (found === '\\\\' ? found : '\ufffd'));
}

/** Whole nanoseconds as an integer literal. */
export function printNanos(seconds: number, nanos: number): string {
  return seconds ? seconds + `${nanos + 1e9}`.slice(1) : `${nanos}`;
}
