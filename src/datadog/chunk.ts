import type { LocalTrace } from '../trace/local-trace.ts';
import type { SpanData } from '../trace/span-data.ts';
import type { DatadogSpan } from './datadog-span.ts';
import { toDatadogSpan } from './span-mapping.ts';

/** What the Agent takes from the first chunk for a whole request: spans with different keys may not share one. */
export function batchKey({ attributes, resource }: SpanData): string {
  return `${attributes['env'] ?? resource.env}\n${attributes['version'] ?? resource.version}`;
}

/** Finished spans as chunks, one per trace, each in the order its spans started. */
export function groupByTrace(spans: readonly SpanData[]): SpanData[][] {
  const chunks = new Map<LocalTrace, SpanData[]>();
  for (const span of spans) {
    const chunk = chunks.get(span.trace);
    if (chunk) chunk.push(span);
    else chunks.set(span.trace, [span]);
  }
  // a parent ends after its children, so where times are equal (a Worker's clock stands still) the later end started first
  return [...chunks.values()].map((chunk) =>
    chunk.reverse().sort((a, b) => a.startSeconds - b.startSeconds || a.startNanos - b.startNanos),
  );
}

/** Single-span rules: metrics of a span that they keep. */
export type SampleSpan = (span: SpanData) => Readonly<Record<string, number>> | undefined;

/**
 * A span as it stands in its chunk, for `encodePieces`: the first of every chunk carries priority and trace tags, as a long trace leaves
 * in several batches; a local root carries what was decided by which rate. Decides what is undecided.
 *
 * @param sampleSpan asked where the trace is not kept.
 */
export function toChunkSpan(span: SpanData, isFirst: boolean, sampleSpan?: SampleSpan): DatadogSpan {
  const { trace } = span;
  const priority = trace.decide();
  const { decision, lastParentId } = trace;
  const mapped = toDatadogSpan(span);
  const { meta, metrics } = mapped;
  // the Agent looks for the priority on the root first
  if (isFirst || span.isLocalRoot) metrics['_sampling_priority_v1'] = priority;
  if (span.isLocalRoot) {
    for (const name of ['agent', 'rule', 'limit'] as const) {
      const rate = decision?.[`${name}Rate`];
      if (rate !== undefined) metrics[`_dd.${name}_psr`] = rate;
    }
    if (lastParentId !== undefined) meta['_dd.parent_id'] = lastParentId;
  }
  if (isFirst) {
    if (+`0x${trace.idHigh}`) meta['_dd.p.tid'] = trace.idHigh;
    if (decision) meta['_dd.p.dm'] = `-${decision.mechanism}`;
    Object.assign(meta, trace.tags);
    if (priority <= 0) delete meta['_dd.p.dm'];
  }
  if (priority <= 0) Object.assign(metrics, sampleSpan?.(span));
  return mapped;
}

/** About how many bytes of JSON a span will be, from the lengths of its texts: for cutting batches, not for limits. */
export function estimateSpanBytes({ attributes, events, exception, links, name }: SpanData): number {
  let size = 520 + name.length + lengthOf(attributes) + lengthOf(exception) + 200 * (links?.length ?? 0);
  if (events) for (const event of events) size += lengthOf(event) + lengthOf(event.attributes);
  return size;
}

/** Runs in every `end()`. Members that a page has put on `Object.prototype` count too, as asking for own ones takes three times as long. */
function lengthOf(members: object | undefined): number {
  let length = 0;
  for (const key in members) {
    const value: unknown = members[key as keyof typeof members];
    length += key.length + (typeof value === 'string' ? value : Array.isArray(value) ? value.join() : 'a number').length;
  }
  return length;
}
