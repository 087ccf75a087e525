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
  /** For people: what objects among the options were made from. */
  readonly shown?: Readonly<Record<string, unknown>> | undefined;
}

/** What holds, and where it came from but for what code alone says. */
export interface ResolvedOptions {
  readonly options: TracingOptions;
  readonly from?: Readonly<Record<string, string>> | undefined;
  readonly shown?: Readonly<Record<string, unknown>> | undefined;
}

/** Variables that say what code does not. */
export interface Environment {
  /** Reads them but for what `code` rules out, and tells of each that could not be understood. Never throws. */
  read(code?: TracingOptions): ReadOptions;
}

/** Code wins over the environment, both over the defaults; groups of values are merged by name. Returns the merged options and where each came from. */
export function mergeOptions(
  code: TracingOptions,
  read: ReadOptions | undefined,
): { options: TracingOptions; from: Record<string, string>; shown: Readonly<Record<string, unknown>> | undefined } {
  const options: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const [source, values] of [
    [read?.from, read?.options],
    [undefined, code],
  ] as const) {
    for (const [key, value] of Object.entries(values ?? {})) {
      if (value === undefined) continue;
      const isGroup = options[key] && /^(tags|batch|spanLimits|propagation|headerTags)$/.test(key);
      options[key] = isGroup ? { ...(options[key] as object), ...(value as object) } : value;
      from[key] = `${isGroup ? `${from[key]}, ` : ''}${source?.[key] ?? 'code'}`;
    }
  }
  return { options, from, shown: read?.shown };
}
