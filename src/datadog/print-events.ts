import { json } from '../trace/json.ts';
import { maxJsonTagBytes } from '../trace/limits.ts';
import type { DatadogEvent, DatadogLink } from './datadog-span.ts';
import { printNanos, wellFormed } from './print-json.ts';

/** Events as JSON, the content of the tag `events`. */
export function printEvent({ name, seconds, nanos, attributes }: DatadogEvent): string {
  return `{"name":${json(name)},"time_unix_nano":${printNanos(seconds, nanos)}${printAttributes(attributes)}}`;
}

/** Links as JSON with ids in hex, the content of the tag `_dd.span_links`. */
export function printLink({ traceId, spanId, attributes, traceState, flags }: DatadogLink): string {
  return `{"trace_id":${json(traceId)},"span_id":${json(spanId)}${printAttributes(attributes)}${
    traceState ? `,"tracestate":${json(traceState)}` : ''
  }${flags === undefined ? '' : `,"flags":${flags}`}}`;
}

function printAttributes(attributes: object | undefined): string {
  return attributes && Object.keys(attributes).length ? `,"attributes":${json(attributes)}` : '';
}

/**
 * A tag that holds a JSON array, below the length at which the Agent cuts, which would leave broken JSON: the newest items that find
 * room, whole; the newest of all loses its attributes before it is left out. Returns the array and how many were left out.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/agent/truncator.go MaxMetaValLen
 */
export function printTag<T extends { attributes: unknown }>(
  items: readonly T[],
  print: (item: T) => string,
): [text: string, leftOut: number] {
  // nearly always all of them find room, and then nothing needs to be measured
  const all = `[${items.map((item) => wellFormed(print(item))).join()}]`;
  if (all.length * 3 <= maxJsonTagBytes) return [all, 0];
  const texts: string[] = [];
  let room = maxJsonTagBytes - 2;
  for (const item of [...items].reverse()) {
    let text = wellFormed(print(item));
    if (utf8Length(text) > room && !texts.length) text = wellFormed(print({ ...item, attributes: undefined }));
    room -= utf8Length(text) + 1;
    if (room < 0) break;
    texts.unshift(text);
  }
  return [`[${texts.join()}]`, items.length - texts.length];
}

function utf8Length(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : new TextEncoder().encode(text).length;
}
