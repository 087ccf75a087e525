// A received payload in the form of the golden files.

/** Integers as the wire has them: what a number of JavaScript may have rounded is text. */
const exact = (value) =>
  typeof value === 'bigint' || (Number.isInteger(value) && Math.abs(value) >= Number.MAX_SAFE_INTEGER && Math.abs(value) < 1e21)
    ? String(value)
    : value;

/** Big integers anywhere below become text. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  return exact(value);
}

/**
 * @param chunks parsed `[[span,…],…]` with exact integers (numbers or bigints)
 * @param refs names of the scenario's spans by their decimal id
 */
export function toGolden(chunks, refs) {
  return chunks.flatMap((chunk) =>
    chunk.map((span) => {
      const parentId = String(span.parent_id ?? 0);
      const { type, span_events: events, span_links: links } = span;
      return {
        ref: refs.get(String(span.span_id)),
        trace_id: String(span.trace_id),
        span_id: String(span.span_id),
        parent: refs.get(parentId) ?? parentId,
        parent_id: parentId,
        name: span.name,
        resource: span.resource,
        service: span.service,
        ...(type && { type }),
        error: span.error ?? 0,
        start: String(span.start),
        duration: Number(span.duration),
        meta: span.meta ?? {},
        metrics: plain(span.metrics ?? {}),
        ...(events && { span_events: plain(events) }),
        ...(links && { span_links: plain(links) }),
        _chunk: chunk.length,
      };
    }),
  );
}

/** Names of a scenario's spans by their decimal id. */
export function namesById(spans) {
  return new Map([...spans].map(([ref, span]) => [String(BigInt(`0x${span.spanContext().spanId}`)), ref]));
}
