import { readFileSync } from 'node:fs';

export interface Scenario {
  readonly id: string;
  readonly steps: readonly Readonly<Record<string, unknown>>[];
}

/** The scripted calls of golden/scenarios.json. */
export const scenarios: readonly Scenario[] = JSON.parse(readFileSync(new URL('golden/scenarios.json', import.meta.url), 'utf8'));
