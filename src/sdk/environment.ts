import { guard, tell } from '../trace/guard.ts';
import type { Environment, ReadOptions } from './configuration.ts';
import { toReadOptions } from './environment-options.ts';
import type { VariableReader } from './environment-values.ts';
import { environmentRows } from './environment-variables.ts';
import type { TracingOptions } from './options.ts';

/** Characters of a value in a message. */
const maxShownLength = 200;

/**
 * Options by `DD_*`, `OTEL_*` and `EDGESPAN_*` variables. What is not understood is told, with the default that is used instead.
 *
 * @param get a variable's text; undefined where it is not set or may not be read. May throw, which counts as not set.
 * @see docs/configuration.md
 */
export function createEnvironment(get: (name: string) => string | undefined): Environment {
  return {
    read: (code = {}) => guard(() => withoutOverruled(code, readOptions(createReader(get)))) ?? { options: {}, from: {}, shown: {} },
  };
}

/** Code says who samples and which styles travel as a whole: half of it from elsewhere would be neither. */
function withoutOverruled(code: TracingOptions, { options, from, shown }: ReadOptions): ReadOptions {
  const kept = { ...options };
  const told = { ...shown };
  const own = (['sampler', 'sampling', 'sampleRate'] as const).find((option) => code[option] !== undefined);
  for (const option of own ? (['sampling', 'sampleRate'] as const) : []) {
    if (kept[option] !== undefined && option !== own) tell(`${from[option]} ignored, as \`${own}\` is given in code`);
    delete kept[option];
    delete told[option];
  }
  if (code.propagators) {
    const { inject: _inject, extract: _extract, ...rest } = kept.propagation ?? {};
    if (kept.propagation) kept.propagation = told['propagation'] = rest;
    delete told['propagators'];
  }
  return { options: kept, from, shown: told };
}

type Ask = (...args: [...Parameters<VariableReader['ask']>, takesEmpty?: boolean]) => unknown;

function readOptions(ask: Ask): ReadOptions {
  const draft: Record<string, unknown> = {};
  /** Variables by the full names of what they said. */
  const said: Record<string, string> = {};
  for (const { option, fallback, variables, takesEmpty } of environmentRows()) {
    // Two rows may switch tracing off, and one of them is enough.
    if (draft[option] === false) continue;
    for (const [name, parse] of Object.entries(variables)) {
      const value = ask(name, fallback, parse, takesEmpty);
      if (value === null) continue;
      if (value !== undefined) {
        const [group = '', key] = option.split('.');
        draft[group] = key ? { ...(draft[group] as object | undefined), [key]: value } : value;
        said[option] = name;
      }
      break;
    }
  }
  return toReadOptions(draft, said);
}

/** Asks for single variables. `null`: not set or not about this; undefined: not understood, and told. */
function createReader(get: (name: string) => string | undefined): Ask {
  let isUnreadable = false;
  return function ask(name, fallback, parse, takesEmpty = false) {
    let text: unknown;
    try {
      text = get(name);
    } catch (error) {
      if (!isUnreadable) tell('the environment cannot be read', error);
      isUnreadable = true;
    }
    if (typeof text !== 'string') return null;
    const given = text.trim();
    if (!given && !takesEmpty) return null;
    const instead = (used: string): void => tell(`${name} is not understood: current value is '${show(given)}', used is ${used}`);
    try {
      const value = parse(given, { ask, partly: instead });
      if (value !== undefined) return value;
    } catch {
      // Not understood either.
    }
    return instead(fallback);
  };
}

/** Without what stands before an `@`, which may be a password. */
function show(value: string): string {
  return value.replace(/\/\/[^/]*@/, '//***@').slice(0, maxShownLength);
}
