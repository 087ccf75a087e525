import type { Exception } from '@opentelemetry/api';
import { toAttributeValue } from './attributes.ts';
import { cutText } from './cut-text.ts';
import type { RecordedException } from './span-data.ts';

/** Causes and parts that are written out: enough to see the reason, few enough for a cycle. */
const maxCauses = 5;

/** What anything thrown says of itself: an error of any realm, a string, or any other value. May throw where the value's getters do. */
export function describeException(exception: Exception | unknown, maxBytes: number): RecordedException {
  const isObject = typeof exception === 'object' && exception !== null;
  const error = (isObject ? exception : {}) as { name?: unknown; message?: unknown; stack?: unknown; code?: unknown };
  const text = (value: unknown): string => (typeof value === 'string' ? cutText(value, maxBytes) : '');
  const isError = isObject && ('message' in error || 'stack' in error);
  return {
    type: text(error.name) || (isError && error.code !== undefined ? String(error.code) : ''),
    message: isError ? text(error.message) : String(toAttributeValue(exception, maxBytes) ?? String(exception)),
    stack: isError ? cutText(stackWithCauses(error, 0, ''), maxBytes) : '',
  };
}

/** The stack, then the stacks of its causes and, of an AggregateError, of its parts, as Node prints them. */
function stackWithCauses(error: { stack?: unknown; message?: unknown }, depth: number, label: string): string {
  const own = `${label}${typeof error.stack === 'string' ? error.stack : depth ? String(error.message ?? error) : ''}`;
  if (depth === maxCauses) return own;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const parts = Array.isArray(errors) ? errors.slice(0, maxCauses) : [];
  return [
    own,
    ...parts.map((part, index) => inner(part, `Error ${index + 1} of ${(errors as unknown[]).length}: `)),
    ...(cause === undefined ? [] : [inner(cause, 'Caused by: ')]),
  ].join('\n');

  function inner(value: unknown, name: string): string {
    return typeof value === 'object' && value !== null ? stackWithCauses(value, depth + 1, name) : name + String(value);
  }
}
