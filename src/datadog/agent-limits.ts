import { cutText } from '../trace/cut-text.ts';
import { maxKeyBytes, maxNameBytes, maxResourceBytes, maxTags, maxValueBytes } from '../trace/limits.ts';
import type { DatadogSpan } from './datadog-span.ts';

/**
 * Cuts a span by the Agent's own limits, in place, so that nothing is cut later where it would break: keys, values, names, and how many
 * tags there are. Events and links are typed by then and print within their limit. Never throws.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/agent/truncator.go
 */
export function applyAgentLimits(span: DatadogSpan): void {
  span.service = cutText(span.service, maxNameBytes);
  span.name = cutText(span.name, maxNameBytes);
  span.type = cutText(span.type, maxNameBytes);
  span.resource = cutText(span.resource, maxResourceBytes);
  cutTags(span.meta, maxTags, (value) => cutText(value, maxValueBytes));
  cutTags(span.metrics, maxTags, (value) => value);
}

/** Tags of the trace, or held by a token: they do not count, and stand whatever else a span has. */
const exempt = /^(?:env$|version$|_dd\.|_sampl)/;

function cutTags<T>(tags: Record<string, T>, maxCount: number, cut: (value: T) => T): void {
  const keys = Object.keys(tags);
  const isOver = keys.length > maxCount;
  let count = 0;
  for (const key of keys) {
    const value = tags[key]!;
    const shortKey = cutText(key, maxKeyBytes);
    if (isOver && !exempt.test(key) && ++count > maxCount) delete tags[key];
    else if (shortKey === key) tags[key] = cut(value);
    else {
      delete tags[key];
      tags[shortKey] ??= cut(value);
    }
  }
}
