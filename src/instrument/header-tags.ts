import type { Span } from '@opentelemetry/api';

/** Tag by the name of a header; empty for `http.request.headers.<header>`, and `http.response.headers.<header>` on the way back. */
export type HeaderTags = Readonly<Record<string, string>>;

/**
 * Sets the tags of those headers that are there. May throw where a name cannot be a header's.
 * @see https://docs.datadoghq.com/tracing/trace_collection/library_config/ `DD_TRACE_HEADER_TAGS`
 */
export function tagHeaders(span: Span, headers: Headers, tags: HeaderTags | undefined, way: 'request' | 'response'): void {
  for (const [header, tag] of Object.entries(tags ?? {})) {
    const value = headers.get(header);
    if (value) span.setAttribute(tag || `http.${way}.headers.${header.toLowerCase()}`, value);
  }
}
