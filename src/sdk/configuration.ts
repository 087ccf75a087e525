import type { TracingOptions } from './options.ts';

/** One value and where it came from. */
export interface ConfigValue {
  readonly value: unknown;
  /** `code`, the name of a variable, or `default`. */
  readonly from: string;
}

/** What came out of code, environment and defaults. Secrets are masked. */
export type Configuration = Readonly<Record<string, ConfigValue>>;

/** Options read from an environment, and which variable said each. */
export interface ReadOptions {
  readonly options: TracingOptions;
  readonly from: Readonly<Record<string, string>>;
}

/** Variables that say what code does not. */
export interface Environment {
  /** Reads them, and tells of each that could not be understood. Never throws. */
  read(): ReadOptions;
}

/** Code wins over the environment, both over the defaults. Returns the merged options and where each came from. */
export function mergeOptions(
  code: TracingOptions,
  read: ReadOptions | undefined,
): { options: TracingOptions; from: Record<string, string> } {
  const options: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const [source, values] of [
    [read?.from, read?.options],
    [undefined, code],
  ] as const) {
    for (const [key, value] of Object.entries(values ?? {})) {
      if (value === undefined) continue;
      options[key] = value;
      from[key] = source?.[key] ?? 'code';
    }
  }
  return { options, from };
}
