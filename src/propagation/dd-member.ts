import type { TraceState } from '@opentelemetry/api';
import type { LocalTrace } from '../trace/local-trace.ts';

/** Characters of the `dd` member's value. W3C allows 256 to a value. */
const maxLength = 256;
/** What `p` needs, with its separator: a long origin may not push it out. */
const parentLength = 19;

/** Trace tags that travel, `_dd.p.` and non-empty, with the mechanism of a decision made here; never `_dd.p.tid`. */
export function travellingTags(trace: LocalTrace): [key: string, value: string][] {
  const { decision, tags } = trace;
  const found: [string, string][] = [];
  if (decision && decision.priority > 0 && !tags['_dd.p.dm']) found.push(['_dd.p.dm', `-${decision.mechanism}`]);
  for (const key in tags) if (tags[key] && key.startsWith('_dd.p.') && key !== '_dd.p.tid') found.push([key, tags[key]]);
  return found;
}

function clean(value: string): string {
  return value.replace(/[^ -+\--:<-}]| $/g, '_').replaceAll('=', '~');
}

/**
 * `s:2;o:rum;p:00f067aa0ba902b7;t.dm:-4`: priority, origin, last span of Datadog's, trace tags. `=` becomes `~`, what may not stand there
 * `_`; tags that would make it longer than 256 characters are left out whole.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentracing/propagation/text_map.js
 */
export function formatDdMember(trace: LocalTrace, parentId: string | undefined): string {
  let text = `s:${trace.decide()}`;
  const add = (entry: string, limit: number): void => {
    if (text.length + entry.length < limit) text += `;${entry}`;
  };
  if (trace.origin) add(`o:${clean(trace.origin)}`, maxLength - parentLength);
  if (parentId) add(`p:${clean(parentId)}`, maxLength);
  for (const [key, value] of travellingTags(trace)) add(`t.${key.slice(6).replace(/[^!-+\--9<>-~]/g, '_')}:${clean(value)}`, maxLength);
  return text;
}

/** Our member of a list alone, as it stands in a header; empty where there is none. */
export function ownMember(state: TraceState): string {
  const member = state.get('dd');
  return member ? `dd=${member}` : '';
}

/**
 * Takes over what the list says: from our member origin, last parent, tags and, where it agrees with the sampled flag, the priority
 * (otherwise the flag decides); the members of others are kept.
 */
export function inheritTraceState(state: TraceState, sampled: number, trace: LocalTrace): void {
  const priority = parseDdMember(state.get('dd') ?? '', trace) ?? sampled;
  if (priority > 0 === sampled > 0) trace.priority = priority;
  else {
    // somebody who does not know our member decided anew: what it says about the decision maker is no longer true
    delete trace.tags['_dd.p.dm'];
    if (sampled) trace.tags['_dd.p.dm'] = '-0';
  }
  trace.traceState = state.unset('dd');
}

/** Reads a `dd` member into the trace: origin, last parent, tags. Returns the priority it names, undefined where it names none. */
function parseDdMember(text: string, trace: LocalTrace): number | undefined {
  let priority: number | undefined;
  for (const entry of text.split(';')) {
    const colon = entry.indexOf(':');
    const key = entry.slice(0, colon);
    const value = entry.slice(colon + 1);
    if (key === 's' && /^-?\d{1,3}$/.test(value)) priority = +value;
    else if (key === 'p') trace.lastParentId = value;
    else if (key === 'o') trace.origin = value.replaceAll('~', '=');
    else if (key.startsWith('t.') && key !== 't.tid') setTag(trace, `_dd.p.${key.slice(2)}`, value.replaceAll('~', '='));
  }
  return priority;
}

/** Keeps a tag that came with a request; a decision maker that is none is left out and said on the span. */
export function setTag(trace: LocalTrace, key: string, value: string): void {
  if (key === '_dd.p.dm' && !/^([\da-f]{10})?-\d{1,3}$/.test(value)) trace.tags['_dd.propagation_error'] = 'decoding_error';
  else trace.tags[key] = value;
}
