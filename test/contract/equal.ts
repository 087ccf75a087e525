// Checks that throw, for suites that run under every runner.

const print = (value: unknown): string =>
  JSON.stringify(value, (_, entry: unknown) => (entry === undefined ? '(undefined)' : typeof entry === 'bigint' ? `${entry}n` : entry)) ??
  String(value);

/** Throws unless both print alike; plain values, arrays and records of them. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected) && print(actual) !== print(expected))
    throw new Error(`${what}: expected ${print(expected)}, got ${print(actual)}`);
}

/** Throws unless both are the same value. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: not the same`);
}

export function holds(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`does not hold: ${what}`);
}

/** What `run` throws or rejects with; throws itself where it does neither. */
export async function thrownBy(run: () => unknown, what = 'running it'): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was thrown: ${what}`);
}
