import type { SpanSamplingRule, TraceSamplingRule } from '../datadog/datadog-rules.ts';
import { propagatorsByName } from '../propagation/propagators-by-name.ts';

/** What a parser may ask for beside its text. */
export interface VariableReader {
  /** Says that only a part of the text is used, and which. */
  partly(used: string): void;
  /** Another variable, undefined where it is not set or, which is told, not understood. */
  ask(name: string, fallback: string, parse: ParseValue): unknown;
}

/**
 * Reads the text of one variable, trimmed: the value, `null` where it says nothing about this option, undefined or an exception where it is
 * not understood.
 */
export type ParseValue = (text: string, reader: VariableReader) => unknown;

export const parseText: ParseValue = (text) => text;

export function parseBoolean(text: string): boolean | undefined {
  return /^(1|t|true)$/i.test(text) ? true : /^(0|f|false)$/i.test(text) ? false : undefined;
}

/** A whole number within `least..most`. */
export function parseCount(least: number, most: number = Number.MAX_SAFE_INTEGER): ParseValue {
  return (text) => (/^-?\d+$/.test(text) && +text >= least && +text <= most ? +text : undefined);
}

/** A number of 0 to 1. */
export function parseRate(text: string): number | undefined {
  return /^\+?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) && +text <= 1 ? +text : undefined;
}

export function parseList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** An address that `fetch` takes: http or https, without user name and password. */
export function parseUrl(text: string): string | undefined {
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && !username && !password ? text : undefined;
}

/** A host name or address, IPv6 with or without brackets. */
export function parseHost(text: string): string | undefined {
  const host = text.includes(':') && !text.startsWith('[') ? `[${text}]` : text;
  const url = new URL(`http://${host}/`);
  return url.pathname === '/' && !url.port && !url.username && !url.search && !url.hash ? host : undefined;
}

/**
 * `k:v,k2:v2`, or with spaces where there is no comma; what has no colon is a key without value.
 * @see https://github.com/DataDog/system-tests/blob/main/tests/parametric/test_config_consistency.py
 */
export function parseTags(text: string): Map<string, string> {
  const pairs = text.split(text.includes(',') ? ',' : /\s+/).map((item): [string, string] => {
    const at = item.indexOf(':');
    return at < 0 ? [item.trim(), ''] : [item.slice(0, at).trim(), item.slice(at + 1).trim()];
  });
  return new Map(pairs.filter(([key]) => key !== ''));
}

/** `k=v,k2=v2`, percent-encoded. One wrong pair voids all, as OpenTelemetry's specification of resources asks. */
export function parseResource(text: string): Map<string, string> | undefined {
  const pairs = parseList(text).map((item): [string, string] => {
    const at = item.indexOf('=');
    return [decodeURIComponent(item.slice(0, Math.max(at, 0)).trim()), decodeURIComponent(item.slice(at + 1).trim())];
  });
  return pairs.every(([key]) => key !== '') ? new Map(pairs) : undefined;
}

/** One of several keys out of tags or a resource; `null` where it has none, or where the tags' own row tells of what is wrong. */
export function parseOne(parse: (text: string) => Map<string, string> | undefined, ...keys: string[]): ParseValue {
  return (text) => {
    try {
      const all = parse(text);
      return keys.map((key) => all?.get(key)).find(Boolean) ?? null;
    } catch {
      return null;
    }
  };
}

/** All but what options of their own hold. */
export function parseOthers(parse: (text: string) => Map<string, string> | undefined): ParseValue {
  return (text) => {
    const all = parse(text);
    if (!all) return undefined;
    for (const key of [
      'service',
      'env',
      'version',
      'service.name',
      'service.version',
      'deployment.environment.name',
      'deployment.environment',
    ]) {
      all.delete(key);
    }
    return all.size > 0 ? Object.fromEntries(all) : null;
  };
}

/** Names of propagators; the unknown ones are left out, `none` is an empty list. */
export const parseStyles: ParseValue = (text, { partly }) => {
  const names = parseList(text.toLowerCase());
  const known = names.filter((name) => propagatorsByName([name]).unknown.length === 0);
  if (known.length === 0) return undefined;
  if (known.length < names.length) partly(known.join());
  return known;
};

/** The rate of a sampler of OpenTelemetry; here all are parent-based. */
export const parseSampler: ParseValue = (text, { ask }) => {
  const name = text.toLowerCase().replace(/^parentbased_/, '');
  if (name === 'traceidratio') return ask('OTEL_TRACES_SAMPLER_ARG', '1', parseRate) ?? 1;
  return name === 'always_on' ? 1 : name === 'always_off' ? 0 : undefined;
};

/** `[{"service":"","name":"","resource":"","tags":{},"sample_rate":1,"max_per_second":50}]`. One wrong rule voids all. */
export function parseRules(text: string): (TraceSamplingRule & SpanSamplingRule)[] | undefined {
  const given: unknown = JSON.parse(text);
  if (!Array.isArray(given)) return undefined;
  const rules = given.map(toRule);
  return rules.every((rule) => rule !== undefined) ? rules : undefined;
}

function toRule(given: unknown): (TraceSamplingRule & SpanSamplingRule) | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const { service, name, resource, tags, sample_rate: rate = 1, max_per_second: maxPerSecond } = given as Record<string, unknown>;
  if (![service, name, resource].every((value) => value === undefined || typeof value === 'string')) return undefined;
  if (!(typeof rate === 'number' && rate >= 0 && rate <= 1)) return undefined;
  if (maxPerSecond !== undefined && typeof maxPerSecond !== 'number') return undefined;
  if (tags !== undefined && (typeof tags !== 'object' || tags === null || Array.isArray(tags))) return undefined;
  const globs = Object.entries({ service, name, resource }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(globs),
    ...(tags && { tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, `${value}`])) }),
    ...(maxPerSecond !== undefined && { maxPerSecond }),
    sampleRate: rate,
  };
}

/** `header` or `header:tag`, with commas: the tag by the header's name in lower case, empty where none is named. */
export function parseHeaderTags(text: string): Record<string, string> | undefined {
  const pairs = parseList(text).map((item) => {
    const at = item.indexOf(':');
    return at < 0 ? [item.toLowerCase(), ''] : [item.slice(0, at).trim().toLowerCase(), item.slice(at + 1).trim()];
  });
  // A token of RFC 7230: `Headers` throws at any other.
  return pairs.every(([header = '']) => /^[\w!#$%&'*+.^`|~-]+$/.test(header)) ? Object.fromEntries(pairs) : undefined;
}
