import type { DecideTrace, LocalTrace, SamplingDecision, TraceRoot } from '../trace/local-trace.ts';
import { isKept } from '../trace/sampling-hash.ts';
import { isTrue } from './attribute-text.ts';

export interface PrioritySamplerOptions {
  /** Share of traces to keep, 0 to 1, where no rule matches. */
  readonly sampleRate?: number | undefined;
  /** Rules of `datadogRules`. */
  readonly rules?: Pick<TraceRules, 'decide'> | undefined;
  /** Rate that an Agent gave for the root's service, undefined where it gave none. */
  readonly agentRate?: ((root: TraceRoot) => number | undefined) | undefined;
}

/** What decides a trace by its root before any rate does. */
export interface TraceRules {
  decide(trace: LocalTrace, root: TraceRoot): SamplingDecision | undefined;
}

/**
 * Datadog's order where no sampler is given and nothing was inherited or said by hand: rules, the user's rate, the Agent's rates, keep.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/priority_sampler.js
 */
export function createPrioritySampler({ sampleRate, rules, agentRate }: PrioritySamplerOptions): DecideTrace {
  return (trace, root) => {
    const byRule = root && rules?.decide(trace, root);
    if (byRule) return byRule;
    if (sampleRate !== undefined) return decideByUser(trace, sampleRate);
    const rate = root && agentRate?.(root);
    // nothing known yet: `_dd.agent_psr` is 1 all the same
    if (rate === undefined) return { priority: 1, mechanism: 0, agentRate: 1 };
    return { priority: +isKeptAt(trace, rate), mechanism: 1, agentRate: rate };
  };
}

/** A rate that the user set: mechanism 3, priority 2 or -1. */
export function decideByUser(trace: LocalTrace, rate: number): SamplingDecision {
  return { priority: isKeptAt(trace, rate) ? 2 : -1, mechanism: 3, ruleRate: rate };
}

/** The rate travels as well, at most six decimals. */
function isKeptAt(trace: LocalTrace, rate: number): boolean {
  trace.tags['_dd.p.ksr'] = `${+rate.toFixed(6)}`;
  return isKept(trace.idLowHigh, trace.idLowLow, rate);
}

/**
 * Tags `manual.keep` and `manual.drop` on any span of a trace decide it, mechanism 4, unless it was inherited or is decided.
 * Cheap for every other key. Never throws.
 */
export function onManualTag(trace: LocalTrace, key: unknown, value: unknown): void {
  const priority = key === 'manual.keep' ? 2 : key === 'manual.drop' ? -1 : 0;
  if (!priority || trace.priority !== undefined || !isTrue(value)) return;
  trace.priority = priority;
  trace.decision = { priority, mechanism: 4 };
  trace.root = undefined;
}
