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
