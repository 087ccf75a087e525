import { type DatadogRulesOptions, datadogRules, type TraceSamplingRule } from '../datadog/datadog-rules.ts';
import { propagatorsByName } from '../propagation/propagators-by-name.ts';
import { guard, tell } from '../trace/guard.ts';
import { agent } from './agent-exporter.ts';
import type { Environment, ReadOptions } from './configuration.ts';
import type { VariableReader } from './environment-values.ts';
import { defaultStyles, environmentRows } from './environment-variables.ts';
import { type Exporter, intake } from './exporter.ts';
import type { PropagationOptions, TracingOptions } from './options.ts';

type Named<T> = { [key in keyof T]?: readonly string[] };

/** What is read, before names and addresses become what they stand for. */
interface Draft extends Omit<TracingOptions, 'exporter' | 'sampling' | 'propagation'> {
  exporter?: { url?: string; token?: string; agentUrl?: string; host?: string; port?: number };
  sampling?: DatadogRulesOptions;
  propagation?: Pick<PropagationOptions, 'extractFirst' | 'behaviorExtract'> &
    Named<Pick<PropagationOptions, 'propagators' | 'inject' | 'extract'>> &
    Parameters<typeof propagatorsByName>[1];
}

/** Characters of a value in a message. */
const maxShownLength = 200;

/**
 * Options by `DD_*`, `OTEL_*` and `EDGESPAN_*` variables. What is not understood is told, with the default that is used instead.
 *
 * @param get a variable's text; undefined where it is not set or may not be read. May throw, which counts as not set.
 * @see docs/configuration.md
 */
export function createEnvironment(get: (name: string) => string | undefined): Environment {
  return { read: () => guard(() => readOptions(createReader(get))) ?? { options: {}, from: {} } };
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

function toReadOptions({ exporter, sampling, propagation, ...options }: Draft, said: Record<string, string>): ReadOptions {
  const from: Record<string, string> = {};
  const note = (option: string, keys: readonly string[]): void => {
    from[option] = [...new Set(keys.flatMap((key) => said[key] ?? []))].join(', ');
  };
  for (const key of Object.keys(options))
    note(
      key,
      Object.keys(said).filter((option) => option === key || option.startsWith(`${key}.`)),
    );
  const result: TracingOptions = options;
  if (exporter) {
    const [made, ...keys] = toExporter(exporter);
    if (made) {
      result.exporter = made;
      note('exporter', keys);
    }
  }
  const { rules, rateLimit, spanRules } = sampling ?? {};
  const { sampleRate } = result;
  // As in Datadog's tracers the rate is the last rule, and the limit is one on rules.
  if (rules || spanRules || (rateLimit !== undefined && sampleRate !== undefined)) {
    const rate: TraceSamplingRule[] = sampleRate === undefined ? [] : [{ sampleRate }];
    result.sampling = datadogRules({ ...sampling, rules: [...(rules ?? []), ...rate] });
    note('sampling', ['sampling.rules', 'sampleRate', 'sampling.rateLimit', 'sampling.spanRules']);
    delete result.sampleRate;
    delete from['sampleRate'];
  }
  if (propagation) {
    const { extractFirst, behaviorExtract, propagators = defaultStyles, inject, extract, ...details } = propagation;
    const named = (names: readonly string[]) => propagatorsByName(names, details).propagators;
    result.propagation = {
      propagators: named(propagators),
      ...(inject && { inject: named(inject) }),
      ...(extract && { extract: named(extract) }),
      ...(extractFirst !== undefined && { extractFirst }),
      ...(behaviorExtract && { behaviorExtract }),
    };
    note(
      'propagation',
      Object.keys(said).filter((option) => option.startsWith('propagation.')),
    );
  }
  return { options: result, from };
}

/** The exporter, and which settings made it. */
function toExporter({ url, token, agentUrl, host, port }: NonNullable<Draft['exporter']>): [Exporter?, ...string[]] {
  if (url) return [intake({ url, token }), 'exporter.url'];
  if (agentUrl) return [agent({ url: agentUrl }), 'exporter.agentUrl'];
  if (host || port) return [agent({ url: `http://${host ?? '127.0.0.1'}:${port ?? 8126}` }), 'exporter.host', 'exporter.port'];
  return [];
}
