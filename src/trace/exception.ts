import { toAttributeValue } from './attributes.ts';
import { cutText } from './cut-text.ts';
import type { Attributes } from './span-data.ts';

/** Causes and parts that are written out: enough to see the reason, few enough for a cycle. */
const maxCauses = 5;

interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * What anything thrown says of itself, as attributes of an event: an error of any realm, a string, or any other value. Nothing empty is
 * set. May throw where the value's getters do.
 */
export function describeException(exception: unknown, maxBytes: number): Attributes {
  const said: Attributes = {};
  const put = (key: string, value: unknown): void => {
    if (value && typeof value === 'string') said[`exception.${key}`] = cutText(value, maxBytes);
  };
  const { name, message, stack, code } = (isObject(exception) ? exception : {}) as ErrorLike;
  put('type', name);
  if (isObject(exception) && ('message' in exception || 'stack' in exception)) {
    if (!said['exception.type'] && code !== undefined) put('type', String(code));
    put('message', message);
    put('stacktrace', stackWithCauses(exception, stack, 0));
  } else put('message', String(toAttributeValue(exception, maxBytes) ?? String(exception)));
  return said;
}

/** The stack, then the stacks of its causes and, of an AggregateError, of its parts, as Node prints them. */
function stackWithCauses({ cause, errors }: ErrorLike, own: unknown, depth: number): string {
  const lines = [typeof own === 'string' ? own : ''];
  const add = (label: string, value: unknown): void => {
    const { stack, message } = (isObject(value) ? value : {}) as ErrorLike;
    const text = typeof stack === 'string' ? stack : String(message ?? value);
    lines.push(label + (isObject(value) ? stackWithCauses(value, text, depth + 1) : text));
  };
  if (depth < maxCauses) {
    const parts: unknown[] = Array.isArray(errors) ? errors : [];
    for (const [index, part] of parts.slice(0, maxCauses).entries()) add(`Error ${index + 1} of ${parts.length}: `, part);
    if (cause !== undefined) add('Caused by: ', cause);
  }
  return lines.join('\n');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
