// What a runner hands to its `test`: every case of its suites, each name once.

export type Cases = Record<string, () => void | Promise<void>>;

/** The cases of all suites in their order; throws where two have one name, as one of them would be lost. */
export function casesOf(...suites: Cases[]): [name: string, check: () => void | Promise<void>][] {
  const cases = suites.flatMap((suite) => Object.entries(suite));
  const names = new Set(cases.map(([name]) => name));
  if (names.size !== cases.length || cases.length === 0) throw new Error(`Cannot run ${cases.length} cases under ${names.size} names`);
  return cases;
}
