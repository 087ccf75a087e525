import { countSpans } from '../datadog/count-spans.ts';
import type { DatadogChunk } from '../datadog/datadog-span.ts';
import { type DecodeLimits, decodeMessagePack, decodeTraces, isRefusal } from '../datadog/decode.ts';
import { traceIdOf } from '../datadog/hex-ids.ts';
import { maxAgentFormBytes, maxDepth, maxRequestSpans } from '../trace/limits.ts';
import type { Inflate } from './inflate.ts';

/** A payload that is not handed on. `path` says where, for a log; it may hold a client's keys. */
export interface PayloadRefusal {
  readonly error: string;
  readonly path?: string;
}

/** Spans of one request in the Agent's form: tracers of servers send more at once than ours. */
const maxAgentSpans = 20_000;
/** What each of them may have, more than bytes are there for: 10 MiB of empty maps would take a gigabyte. */
const maxAgentValues = 1_200_000;
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
  const found = countSpans(chunks);
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

/**
 * Reads a body in the Agent's own form, JSON or MessagePack, gzip or not, both at most 10 MiB. Never throws.
 *
 * @param onDrop given: as an Agent does, what it drops alone is left out alone, and said.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/api.go
 */
export function readAgentPayload(
  body: Uint8Array<ArrayBuffer>,
  contentType: string | null,
  inflate: Inflate,
  onDrop?: DecodeLimits['onDrop'],
): { readonly chunks: DatadogChunk[]; readonly rawBytes: number } | PayloadRefusal {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  if (isGzip && inflatedBytes(body) > maxAgentFormBytes) return { error: 'raw_too_large' };
  const raw = isGzip ? inflate(body, inflatedBytes(body)) : body;
  if (typeof raw === 'string') return { error: raw };
  // A JSON payload begins with `[` or white space, no MessagePack array does.
  const isMessagePack = contentType?.includes('msgpack') || (raw[0] !== undefined && raw[0] >= 0x90);
  const limits = { maxSpanCount: maxAgentSpans, maxValueCount: maxAgentValues, ...(onDrop && { onDrop }) };
  const chunks = isMessagePack ? decodeMessagePack(raw, limits) : decodeTraces(raw, limits);
  return isRefusal(chunks) ? chunks : { chunks, rawBytes: raw.length };
}

/** What the last four bytes of a gzip member say that it holds; a lie is found out while inflating. */
function inflatedBytes(body: Uint8Array): number {
  return body.length < 18 ? 0 : new DataView(body.buffer, body.byteOffset + body.length - 4).getUint32(0, true);
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
