import { applyAgentLimits } from '../datadog/agent-limits.ts';
import type { DatadogChunk, DatadogSpan } from '../datadog/datadog-span.ts';
import { completeFirstSpan, restrictPageTags } from '../datadog/page-tags.ts';
import { readEvents } from '../datadog/read-events.ts';
import type { RedactValue } from '../redact/redact.ts';
import type { AuthGrant } from './options.ts';

/**
 * Makes spans what may be handed on, in place: internal tags by a closed list (a server's token keeps its own), service and env as the
 * token says, secrets taken out, everything within an Agent's limits. Events and links are typed afterwards. Never throws.
 */
export function prepare(chunks: readonly DatadogChunk[], grant: AuthGrant, redact: RedactValue | undefined): void {
  for (const chunk of chunks) {
    if (grant.isServer) completeFirstSpan(chunk);
    else restrictPageTags(chunk);
    for (const span of chunk) {
      readEvents(span);
      if (grant.service !== undefined) span.service = grant.service;
      if (grant.env !== undefined) span.meta['env'] = grant.env;
      if (redact !== undefined) redactSpan(span, redact);
      applyAgentLimits(span);
    }
  }
}

function redactSpan(span: DatadogSpan, redact: RedactValue): void {
  span.resource = redact('resource', span.resource);
  redactValues(span.meta, redact);
  for (const event of span.events ?? []) {
    event.name = redact('name', event.name);
    if (event.attributes !== undefined) redactValues(event.attributes, redact);
  }
  for (const link of span.links ?? []) if (link.attributes !== undefined) redactValues(link.attributes, redact);
}

function redactValues<T>(values: Record<string, T>, redact: RedactValue): void {
  for (const key of Object.keys(values)) {
    const value = values[key]!;
    const clean = redact(key, value);
    if (clean !== value) values[key] = clean;
  }
}
