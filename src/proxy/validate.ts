import type { DatadogChunk } from '../datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../datadog/decode.ts';
import { traceIdOf } from '../datadog/hex-ids.ts';
import { maxDepth, maxRequestSpans } from '../trace/limits.ts';

/** A payload that is not handed on. `path` says where, for a log; it may hold a client's keys. */
export interface PayloadRefusal {
  readonly error: string;
  readonly path?: string;
}

/** 2000-01-01: the Agent silently moves what began earlier to now (agent/normalizer.go). */
const minStartSeconds = 946_684_800;
/** A clock may be wrong by this much. */
const maxAheadSeconds = 86_400;
/** An Agent's durations are int64 nanoseconds; ours end at a year. */
const maxDurationSeconds = 31_536_000;

/**
 * Reads a payload into fresh objects and checks what the reader does not know: that it holds as many spans as the line said, and
 * that times are sane. Chunks of one trace become one. Never throws.
 */
export function readPayload(raw: Uint8Array, spanCount: number, nowMillis: number): DatadogChunk[] | PayloadRefusal {
  const chunks = decodeTraces(raw, { maxSpanCount: maxRequestSpans, maxDepth });
  if (isRefusal(chunks)) return chunks;
  const found = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (found === 0) return { error: 'no_spans' };
  if (found !== spanCount) return { error: 'spans_mismatch' };
  const maxStartSeconds = nowMillis / 1000 + maxAheadSeconds;
  for (const chunk of chunks) {
    for (const { startSeconds, durationSeconds } of chunk) {
      if (startSeconds < minStartSeconds || startSeconds > maxStartSeconds) return { error: 'bad_time' };
      if (durationSeconds > maxDurationSeconds) return { error: 'bad_time' };
    }
  }
  return mergeByTrace(chunks);
}

/** Chunks that share a trace id of 128 bits become one, so that every one of them begins with the trace's tags. */
function mergeByTrace(chunks: readonly DatadogChunk[]): DatadogChunk[] {
  const byTrace = new Map<string, DatadogChunk>();
  for (const chunk of chunks) {
    const key = traceIdOf(chunk);
    const known = byTrace.get(key);
    if (known === undefined) byTrace.set(key, chunk);
    else known.push(...chunk);
  }
  return [...byTrace.values()];
}
