import type { DatadogChunk } from './datadog-span.ts';

/** Requests that one batch may become: of a batch that tells of more, a page's forgery, the rest goes with the last ones. */
const maxGroups = 8;

/**
 * Chunks by env and version: an Agent books a whole request under those of its first chunk. Our own senders' batches are one group.
 * Never throws.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/agent/agent.go setPayloadAttributes
 */
export function groupByEnv(chunks: readonly DatadogChunk[]): DatadogChunk[][] {
  const groups = new Map<string, DatadogChunk[]>();
  let last: DatadogChunk[] = [];
  for (const chunk of chunks) {
    const key = JSON.stringify([tagOf(chunk, 'env'), tagOf(chunk, 'version')]);
    const known = groups.get(key) ?? (groups.size < maxGroups ? undefined : last);
    if (known !== undefined) known.push(chunk);
    else {
      last = [chunk];
      groups.set(key, last);
    }
  }
  return [...groups.values()];
}

/** The root's, else the first that any span has: pkg/trace/traceutil `GetEnv`, `GetAppVersion`. */
function tagOf(chunk: DatadogChunk, key: string): string {
  const root = chunk.find((span) => !(span.parentHigh || span.parentLow));
  return root?.meta[key] ?? chunk.find((span) => span.meta[key] !== undefined)?.meta[key] ?? '';
}
