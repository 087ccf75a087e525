import type { DatadogChunk, DatadogSpan } from './datadog-span.ts';
import { normalService } from './normalize.ts';

/** Internal tags that a page may set. What tracers write beyond these is for servers, whose word is believed. */
const keptMeta: readonly string[] = [
  '_dd.p.tid',
  '_dd.p.dm',
  '_dd.p.ksr',
  '_dd.base_service',
  '_dd.span_links',
  '_dd.parent_id',
  '_dd.origin',
];
/** The rate at which the Agent makes a span an analysed one, which is billed for: of a page 0 or 1, and only of what is kept anyhow. */
const analyzed = '_dd1.sr.eausr';
const keptMetrics: readonly string[] = [
  '_sampling_priority_v1',
  '_dd.top_level',
  '_dd.measured',
  '_dd.rule_psr',
  '_dd.limit_psr',
  '_dd.span_sampling.mechanism',
  '_dd.span_sampling.rule_rate',
  '_dd.span_sampling.max_per_second',
  analyzed,
];
/**
 * How a page's trace may say that it was decided: by nothing known, by an Agent's rate that it inherited, by a rule or rate of the user.
 * Not by hand (`-4`), by a product (`-5` AppSec) or by Datadog (`-11`, `-12`): these keep by force or are billed for.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/constants.js
 */
const knownMechanisms: readonly string[] = ['-0', '-1', '-3'];
/** Where a page's trace may say that it began. */
const knownOrigins: readonly string[] = ['rum', 'synthetics', 'synthetics-browser'];
/** What Datadog's own programs read: internal tags, and the weights of spans in statistics. */
const internal = /^(_dd1?\.|_sampl|_top_level$|_trace_root$)/;

/**
 * Leaves of a page's internal tags a closed list, in place: nobody but a server may force a trace to be kept (priority 2 becomes 1),
 * weigh statistics or name a host; binary values are servers' alone. The decision itself stays, as the headers carried it on already: how it was made is said by the first
 * span of a trace that is kept, and by no other (`_dd.p.dm`). Never throws.
 *
 * @param service that the page is held to: its spans count for no other one.
 */
export function restrictPageTags(chunk: DatadogChunk, service?: string): void {
  for (const span of chunk) {
    if (span.metaStruct !== undefined) span.metaStruct = undefined;
    for (const key of Object.keys(span.meta)) if (internal.test(key) && !isMetaKept(key, span.meta[key]!)) delete span.meta[key];
    for (const key of Object.keys(span.metrics)) if (internal.test(key) && !keptMetrics.includes(key)) delete span.metrics[key];
    const base = span.meta['_dd.base_service'];
    if (base !== undefined && service !== undefined && normalService(base) !== normalService(service)) delete span.meta['_dd.base_service'];
    const priority = span.metrics['_sampling_priority_v1'];
    if (priority !== undefined) span.metrics['_sampling_priority_v1'] = priority > 0 ? 1 : priority < 0 ? -1 : 0;
  }
  completeFirstSpan(chunk);
  const isKept = (chunk[0]?.metrics['_sampling_priority_v1'] ?? 0) > 0;
  for (const [index, { meta, metrics }] of chunk.entries()) {
    if (!(isKept && index === 0) && '_dd.p.dm' in meta) delete meta['_dd.p.dm'];
    if (analyzed in metrics && !(isKept && (metrics[analyzed] === 0 || metrics[analyzed] === 1))) delete metrics[analyzed];
  }
}

/** Whether a tag of a page holds an id, by its name: it was checked, and one in a thousand looks like a card's number. */
export function isIdTag(key: string): boolean {
  return key === '_dd.p.tid' || key === '_dd.parent_id';
}

/**
 * Puts the trace's tags back on the first span, in place, where chunks of one trace became one. Never throws.
 */
export function completeFirstSpan(chunk: DatadogChunk): void {
  const [first, ...others] = chunk;
  if (first === undefined) return;
  for (const other of others) inherit(first, other);
  const priority = first.metrics['_sampling_priority_v1'];
  if (priority !== undefined && priority > 0) first.meta['_dd.p.dm'] ??= '-0';
}

function inherit(first: DatadogSpan, other: DatadogSpan): void {
  for (const key of Object.keys(other.meta)) if (key.startsWith('_dd.p.')) first.meta[key] ??= other.meta[key]!;
  const priority = other.metrics['_sampling_priority_v1'];
  if (priority !== undefined) first.metrics['_sampling_priority_v1'] ??= priority;
}

function isMetaKept(key: string, value: string): boolean {
  switch (key) {
    case '_dd.origin':
      return knownOrigins.includes(value);
    case '_dd.p.dm':
      return knownMechanisms.includes(value);
    case '_dd.parent_id':
      return /^[0-9a-f]{1,16}$/.test(value);
    case '_dd.p.tid':
      return /^[0-9a-f]{16}$/.test(value);
    case '_dd.p.ksr':
      return /^(0(\.\d{1,6})?|1)$/.test(value);
    default:
      return keptMeta.includes(key);
  }
}
