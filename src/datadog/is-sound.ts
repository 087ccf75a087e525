import type { DatadogSpan } from './datadog-span.ts';

/**
 * Whether a span that an application had in its hands still is one: texts in `meta`, finite numbers in `metrics`, whole numbers and texts
 * in its fields. One that is not would make an Agent refuse the whole request. Throws where it has no `meta` or `metrics`.
 */
export function isSound(span: DatadogSpan): boolean {
  return (
    Object.values(span.meta).every((value) => typeof value === 'string') &&
    Object.values(span.metrics).every(Number.isFinite) &&
    Object.values(span).every((value) => typeof value !== 'number' || Number.isInteger(value)) &&
    [span.service, span.name, span.resource, span.type].every((value) => typeof value === 'string')
  );
}
