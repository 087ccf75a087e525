import { cutText } from '../trace/cut-text.ts';
import { maxJsonTagBytes } from '../trace/limits.ts';
import type { DatadogSpan } from './datadog-span.ts';
import { encodeTraces } from './encode-traces.ts';
import { printEvent, printLink } from './print-events.ts';
import { wellFormed } from './print-json.ts';

/**
 * The span as a record holds it: events and links that find no room in their tags are tags of any length there, as not every upstream wants
 * them as tags. Where that makes it longer than a span may be, it is printed as for an Agent. Never throws.
 */
export function withWholeTags(span: DatadogSpan): DatadogSpan {
  const events = longTag(span.events, printEvent);
  const links = longTag(span.links, printLink);
  if (events === undefined && links === undefined) return span;
  const meta = { ...span.meta, ...(events !== undefined && { events }), ...(links !== undefined && { '_dd.span_links': links }) };
  const whole = {
    ...span,
    meta,
    events: events === undefined ? span.events : undefined,
    links: links === undefined ? span.links : undefined,
  };
  let isTooLong = false;
  encodeTraces([[whole]], {
    onDrop: () => {
      isTooLong = true;
    },
  });
  return isTooLong ? span : whole;
}

/** Undefined where all items find room. */
function longTag<T>(items: readonly T[] | undefined, print: (item: T) => string): string | undefined {
  if (items === undefined) return undefined;
  const text = `[${items.map((item) => wellFormed(print(item))).join()}]`;
  return cutText(text, maxJsonTagBytes).length < text.length ? text : undefined;
}
