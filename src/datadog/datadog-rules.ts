import type { TraceRoot } from '../trace/local-trace.ts';
import { isKept } from '../trace/sampling-hash.ts';
import type { SpanData } from '../trace/span-data.ts';
import { matchesGlob } from './glob.ts';
import { operationName } from './operation-name.ts';
import { decideByUser, type TraceRules } from './priority-sampler.ts';
import { createRateLimiter } from './rate-limiter.ts';

/** What a rule looks at; each is a glob with `*` and `?`, and what is left out matches anything. Case does not matter. */
export interface SamplingRulePattern {
  readonly service?: string;
  /** Datadog's operation name, e.g. `http.server.request`. */
  readonly name?: string;
}

export interface TraceSamplingRule extends SamplingRulePattern {
  readonly resource?: string;
  /** Each key must be there with a value that matches. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Share of the traces to keep, 0 to 1. */
  readonly sampleRate: number;
}

export interface SpanSamplingRule extends SamplingRulePattern {
  /** Share of the spans to keep, 0 to 1. Default 1. */
  readonly sampleRate?: number;
  /** Spans kept in a second. Default: no limit. */
  readonly maxPerSecond?: number;
}

export interface DatadogRulesOptions {
  /** The first that matches the root decides. Default none. */
  readonly rules?: readonly TraceSamplingRule[];
  /** Traces that rules may keep in a second. Default 100, as in Datadog's tracers; negative: no limit. */
  readonly rateLimit?: number;
  /** Spans to keep of traces that are not kept. The first that matches decides. Default none. */
  readonly spanRules?: readonly SpanSamplingRule[];
  /** Milliseconds of any clock. Default `Date.now`. */
  readonly now?: () => number;
}

export interface DatadogRules extends TraceRules {
  /** Metrics of a span that is kept by a single-span rule, undefined where it is not. Asked twice, it answers the same. */
  sampleSpan(span: SpanData): Readonly<Record<string, number>> | undefined;
}

/**
 * Datadog's sampling rules, for the option `sampling`.
 *
 * @throws TypeError naming option, rule and value, e.g. where a rate is not within 0..1.
 * @example
 * datadogRules({ rules: [{ name: 'http.server.request', resource: 'GET /health*', sampleRate: 0 }, { sampleRate: 0.2 }], rateLimit: 50 })
 * @see https://docs.datadoghq.com/tracing/trace_pipeline/ingestion_mechanisms/
 */
export function datadogRules(options: DatadogRulesOptions = {}): DatadogRules {
  const { rules = [], rateLimit = 100, spanRules = [], now = () => Date.now() } = options;
  for (const [name, list] of Object.entries({ rules, spanRules })) {
    check(Array.isArray(list), name, 'be an array', list);
    for (const [index, rule] of list.entries())
      checkRule(
        `${name}[${index}]`,
        Object(rule) === rule && name === 'spanRules' ? { sampleRate: 1, ...rule } : (rule as TraceSamplingRule),
      );
  }
  check(typeof rateLimit === 'number', 'rateLimit', 'be a number', rateLimit);
  const limiter = createRateLimiter(rateLimit, now);
  const spanLimiters = spanRules.map(({ maxPerSecond = -1 }) => createRateLimiter(maxPerSecond, now));
  const answered = new WeakMap<SpanData, Readonly<Record<string, number>> | undefined>();

  const sampleSpan = (span: SpanData): Record<string, number> | undefined => {
    const index = spanRules.findIndex((rule) => matches(rule, span));
    const rule = spanRules[index];
    const rate = rule?.sampleRate ?? 1;
    if (!rule || !isKept(span.idHigh, span.idLow, rate) || !spanLimiters[index]?.take()) return undefined;
    return {
      '_dd.span_sampling.mechanism': 8,
      '_dd.span_sampling.rule_rate': rate,
      ...(rule.maxPerSecond !== undefined && { '_dd.span_sampling.max_per_second': rule.maxPerSecond }),
    };
  };

  return {
    decide(trace, root) {
      const rule = rules.find((candidate) => matches(candidate, root) && matchesRoot(candidate, root));
      if (!rule) return undefined;
      const decision = decideByUser(trace, rule.sampleRate);
      if (decision.priority < 0) return decision;
      const isAllowed = limiter.take();
      return { ...decision, priority: isAllowed ? 2 : -1, limitRate: limiter.effectiveRate() };
    },
    sampleSpan(span) {
      if (!answered.has(span)) answered.set(span, sampleSpan(span));
      return answered.get(span);
    },
  };
}

const keysOfRules = ['service', 'name', 'resource', 'tags', 'sampleRate', 'maxPerSecond'];

function checkRule(name: string, rule: { readonly sampleRate: number }): void {
  check(Object(rule) === rule, name, 'be an object', rule);
  for (const [key, value] of Object.entries(rule)) {
    check(keysOfRules.includes(key), `${name}.${key}`, `be one of ${keysOfRules.join(', ')}`, value);
    const type = { tags: 'object', sampleRate: 'number', maxPerSecond: 'number' }[key] ?? 'string';
    check(value === undefined || typeof value === type, `${name}.${key}`, `be of type ${type}`, value);
  }
  check(rule.sampleRate >= 0 && rule.sampleRate <= 1, `${name}.sampleRate`, 'be within 0..1', rule.sampleRate);
}

function check(isRight: boolean, option: string, rule: string, value: unknown): void {
  const shown = typeof value === 'object' ? 'an object' : `${value}`;
  if (!isRight) throw new TypeError(`Cannot make sampling rules as \`${option}\` must ${rule}: current value is ${shown}`);
}

function matches({ service, name }: SamplingRulePattern, { attributes, kind, resource }: TraceRoot): boolean {
  return (
    (service === undefined || matchesGlob(service, `${attributes['service.name'] ?? resource.service}`)) &&
    (name === undefined || matchesGlob(name, operationName(kind, attributes)))
  );
}

function matchesRoot({ resource, tags = {} }: TraceSamplingRule, root: TraceRoot): boolean {
  return (
    (resource === undefined || matchesGlob(resource, `${root.attributes['resource.name'] ?? root.name}`)) &&
    Object.entries(tags).every(([key, pattern]) => {
      const value = tagOf(root, key);
      return value !== undefined && matchesGlob(pattern, `${value}`);
    })
  );
}

function tagOf({ attributes, resource }: TraceRoot, key: string): unknown {
  if (Object.hasOwn(attributes, key)) return attributes[key];
  if (key === 'env' || key === 'version') return resource[key];
  return Object.hasOwn(resource.tags, key) ? resource.tags[key] : undefined;
}
