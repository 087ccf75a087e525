import { cutText } from '../trace/cut-text.ts';
import { maxKeyBytes, maxNameBytes, maxResourceBytes, maxTags, maxValueBytes } from '../trace/limits.ts';
import type { DatadogSpan } from './datadog-span.ts';

/**
 * Cuts a span by the Agent's own limits, in place, so that nothing is cut later where it would break: keys, values, names, and how many
 * tags there are. Events and links are typed by then and print within their limit. Never throws.
 *
 * @returns characters of its tags, with room for what is printed around them: `fitsSpanSize`.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/agent/truncator.go
 */
export function applyAgentLimits(span: DatadogSpan): number {
  span.service = cutText(span.service, maxNameBytes);
  span.name = cutText(span.name, maxNameBytes);
  span.type = cutText(span.type, maxNameBytes);
  span.resource = cutText(span.resource, maxResourceBytes);
  const metaLength = cutTags(span.meta, maxTags, (value) => cutText(value, maxValueBytes));
  return metaLength + cutTags(span.metrics, maxTags, (value) => value);
}

/** Tags of the trace, or held by a token: they do not count, and stand whatever else a span has. */
const exempt = /^(?:env$|version$|_dd\.|_sampl)/;

/** Characters of a number as JSON. */
const numberLength = 24;

function cutTags<T extends string | number>(tags: Record<string, T>, maxCount: number, cut: (value: T) => T): number {
  const keys = Object.keys(tags);
  const isOver = keys.length > maxCount;
  let count = 0;
  let length = 2 * keys.length;
  for (const key of keys) {
    const value = tags[key]!;
    const shortKey = cutText(key, maxKeyBytes);
    if (isOver && !exempt.test(key) && ++count > maxCount) {
      delete tags[key];
      continue;
    }
    length += shortKey.length + (typeof value === 'string' ? value.length : numberLength);
    if (shortKey === key) tags[key] = cut(value);
    else {
      delete tags[key];
      tags[shortKey] ??= cut(value);
    }
  }
  return length;
}
