import type { TextMapPropagator } from '@opentelemetry/api';
import { type DatadogRulesOptions, datadogRules } from '../datadog/datadog-rules.ts';
import { propagatorsByName } from '../propagation/propagators-by-name.ts';
import { agent } from './agent-exporter.ts';
import type { ReadOptions } from './configuration.ts';
import { type Exporter, intake } from './exporter.ts';
import type { PropagationOptions, TracingOptions } from './options.ts';

/** What is read, before names, rules and addresses become what they stand for. */
interface Draft extends Omit<TracingOptions, 'exporter' | 'sampling' | 'propagators' | 'propagation'> {
  readonly exporter?: { url?: string; token?: string; agentUrl?: string; host?: string; port?: number };
  readonly sampling?: DatadogRulesOptions;
  readonly propagators?: { both?: readonly string[] } & Parameters<typeof propagatorsByName>[1];
  readonly propagation?: Omit<PropagationOptions, 'inject' | 'extract'> & { inject?: readonly string[]; extract?: readonly string[] };
}

/** Datadog's, where no variable names others. */
export const defaultStyles: readonly string[] = ['datadog', 'tracecontext', 'baggage'];

/**
 * Options from what was read.
 *
 * @param said which variable said each value, by its full name (`batch.maxQueueSize`).
 */
export function toReadOptions(draft: Draft, said: Readonly<Record<string, string>>): ReadOptions {
  const { exporter, sampling, propagators, propagation, ...options } = draft;
  const result: TracingOptions = options;
  const from: Record<string, string> = {};
  const shown: Record<string, unknown> = {};
  const note = (option: string, keys: readonly string[]): void => {
    from[option] = [...new Set(keys.flatMap((key) => said[key] ?? []))].join(', ');
  };
  const noteGroup = (group: string): void => {
    const keys = Object.keys(said).filter((key) => key === group || key.startsWith(`${group}.`));
    note(group, keys);
  };
  for (const option of Object.keys(options)) noteGroup(option);

  const [made, ...madeFrom] = exporter ? toExporter(exporter) : [];
  if (made) {
    result.exporter = made;
    note('exporter', madeFrom);
  }

  const { rules, rateLimit, spanRules } = sampling ?? {};
  const { sampleRate } = options;
  // As in Datadog's tracers the rate is the last rule, and the limit is one on rules.
  if (rules || spanRules || (rateLimit !== undefined && sampleRate !== undefined)) {
    const all = { ...sampling, rules: [...(rules ?? []), ...(sampleRate === undefined ? [] : [{ sampleRate }])] };
    result.sampling = datadogRules(all);
    shown['sampling'] = all;
    note('sampling', ['sampling.rules', 'sampleRate', 'sampling.rateLimit', 'sampling.spanRules']);
    delete result.sampleRate;
    delete from['sampleRate'];
  }

  const { both = defaultStyles, ...details } = propagators ?? {};
  const named = (names: readonly string[]): TextMapPropagator[] => propagatorsByName(names, details).propagators;
  if (propagators) {
    result.propagators = named(both);
    shown['propagators'] = { both, ...details };
    noteGroup('propagators');
  }
  if (propagation) {
    const { inject, extract, ...rest } = propagation;
    result.propagation = { ...rest, ...(inject && { inject: named(inject) }), ...(extract && { extract: named(extract) }) };
    shown['propagation'] = propagation;
    noteGroup('propagation');
  }
  return { options: result, from, shown };
}

/** The exporter, and which settings made it. */
function toExporter({ url, token, agentUrl, host, port }: NonNullable<Draft['exporter']>): [Exporter?, ...string[]] {
  if (url) return [intake({ url, token }), 'exporter.url'];
  if (agentUrl) return [agent({ url: agentUrl }), 'exporter.agentUrl'];
  if (host || port) return [agent({ url: `http://${host ?? '127.0.0.1'}:${port ?? 8126}` }), 'exporter.host', 'exporter.port'];
  return [];
}
