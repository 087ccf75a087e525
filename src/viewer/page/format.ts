/** An instant in epoch nanoseconds as two safe integers: one number of JavaScript would round it. */
export interface Instant {
  seconds: number;
  nanos: number;
}

/** Splits a decimal of epoch nanoseconds. Never throws; text that is no number gives zeros. */
export function parseNano(text: string): Instant {
  const seconds = Number(text.slice(0, -9)) || 0;
  return { seconds, nanos: Number(text.slice(-9)) || 0 };
}

/** Nanoseconds from one instant to another, exact within 104 days. */
export function nanosBetween(from: Instant, to: Instant): number {
  return (to.seconds - from.seconds) * 1e9 + (to.nanos - from.nanos);
}

/** Orders two decimals of epoch nanoseconds without making numbers of them. */
export function compareNano(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `0 ms`, `40 µs`, `8.4 ms`, `486 ms`, `1.55 s`, `2 min 5 s`: three digits at most, unit always there. */
export function formatDuration(nanos: number): string {
  const millis = nanos / 1e6;
  if (nanos < 0) return `-${formatDuration(-nanos)}`;
  if (nanos === 0) return '0 ms';
  if (nanos < 1000) return `${Math.round(nanos)} ns`;
  if (millis < 0.1) return `${trim(nanos / 1000, nanos < 10_000 ? 1 : 0)} µs`;
  if (millis < 9.95) return `${trim(millis, millis < 0.995 ? 2 : 1)} ms`;
  if (millis < 999.5) return `${Math.round(millis)} ms`;
  if (millis < 59_995) return `${trim(millis / 1000, millis < 9995 ? 2 : 1)} s`;
  const seconds = Math.round(millis / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** Local time of day, with the milliseconds apart as the page shows them dimmed. */
export function formatClock(nano: string): { time: string; millis: string } {
  const instant = parseNano(nano);
  const date = new Date(instant.seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    time: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    millis: `.${String(Math.floor(instant.nanos / 1e6)).padStart(3, '0')}`,
  };
}

/** `1,240`. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `17 %`; what is more than nothing and less than one half is `< 1 %`. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  const share = (part / whole) * 100;
  return share > 0 && share < 0.5 ? '< 1 %' : `${Math.round(share)} %`;
}

/** `1 trace`, `62 traces`. */
export function formatPlural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** Round steps for a ruler over `range`, so that about `wanted` labels fit. */
export function rulerSteps(from: number, to: number, wanted: number): number[] {
  const range = to - from;
  if (!(range > 0)) return [from];
  const rough = range / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const steps: number[] = [];
  for (let index = Math.ceil(from / step - 1e-9) + 0; index * step <= to + step * 1e-9; index++) steps.push(index * step);
  return steps;
}
