import { maxDepth, maxRequestSpans } from '../trace/limits.ts';
import type { DatadogChunk } from './datadog-span.ts';
import { createJsonCursor, DecodeError, type DecodeErrorCode } from './json-cursor.ts';
import { readMessagePack } from './message-pack-value.ts';
import { readSpan } from './read-span.ts';

/** A payload that was not taken: the word, and where in it. */
export interface DecodeRefusal {
  readonly error: DecodeErrorCode;
  /** `[0][3].meta.http.url`, or `offset 1234` of the text. */
  readonly path: string;
}

export interface DecodeLimits {
  readonly maxSpanCount: number;
  readonly maxDepth: number;
  /** Of all maps and lists, unknown fields as well: what a payload makes before its spans are counted. */
  readonly maxValueCount: number;
  /**
   * Given: reads as an Agent does. Of chunks that it drops without a word, only these are left out, and called with; an empty chunk is
   * nothing, a time below zero is 0. Else these are refusals.
   */
  readonly onDrop?: (reason: ChunkDropReason, spanCount: number) => void;
}

/** Why a chunk is left out. */
export type ChunkDropReason = 'mixed_trace_ids' | 'zero_id';

export type { DecodeErrorCode } from './json-cursor.ts';

/**
 * Reads Datadog's v0.4 JSON, `[[span,…],…]`: the envelope's payload and the Agent's own form. The one reader of both, with exact
 * 64-bit integers, under limits. Takes what the Agent takes and refuses what would crash it or what it would drop without a word:
 * null spans, empty chunks, zero ids, mixed trace ids. The caller bounds the bytes. Never throws.
 *
 * Tags `events` and `_dd.span_links` stay tags: `readEvents` makes them typed.
 */
export function decodeTraces(payload: string | Uint8Array, limits?: Partial<DecodeLimits>): DatadogChunk[] | DecodeRefusal {
  return refusable(() => {
    const text = typeof payload === 'string' ? payload : decodeUtf8(payload);
    const cursor = createJsonCursor(text, limits?.maxDepth ?? maxDepth, limits?.maxValueCount);
    const gather = createGatherer(limits);
    cursor.array((chunkIndex) => {
      gather.open(chunkIndex);
      cursor.array(() => gather.span(cursor.value()));
      gather.close();
    });
    cursor.end();
    return gather.chunks;
  });
}

/**
 * The same from MessagePack, as Datadog's tracers send it to `/v0.4/traces`. An Agent reads that more leniently than JSON: ids may be signed,
 * a number that is none is left out. Never throws.
 */
export function decodeMessagePack(payload: Uint8Array, limits?: Partial<DecodeLimits>): DatadogChunk[] | DecodeRefusal {
  return refusable(() => {
    const value = readMessagePack(payload, limits?.maxDepth ?? maxDepth, limits?.maxValueCount);
    const gather = createGatherer(limits, true);
    if (!Array.isArray(value)) throw new DecodeError('bad_payload', '');
    for (const [chunkIndex, chunk] of value.entries()) {
      gather.open(chunkIndex);
      if (!Array.isArray(chunk)) throw new DecodeError('bad_payload', `[${chunkIndex}]`);
      for (const span of chunk) gather.span(span);
      gather.close();
    }
    return gather.chunks;
  });
}

/** Whether a reading was refused. */
export function isRefusal(result: DatadogChunk[] | DecodeRefusal): result is DecodeRefusal {
  return 'error' in result;
}

function createGatherer({ maxSpanCount = maxRequestSpans, onDrop }: Partial<DecodeLimits> = {}, isLenient = onDrop !== undefined) {
  const chunks: DatadogChunk[] = [];
  let chunk: DatadogChunk = [];
  let path = '';
  let spanCount = 0;
  let reason: ChunkDropReason | undefined;
  let tid: string | undefined;
  return {
    chunks,
    open(index: number): void {
      chunk = [];
      reason = undefined;
      tid = undefined;
      path = `[${index}]`;
    },
    span(value: unknown): void {
      if (++spanCount > maxSpanCount) throw new DecodeError('too_many_spans', path);
      const span = readSpan(value, `${path}[${chunk.length}]`, isLenient);
      const { traceHigh, traceLow } = chunk[0] ?? span;
      // Two different high halves, whichever spans say them: the Agent drops the chunk (agent/normalizer.go).
      const theirs = span.meta['_dd.p.tid'];
      tid ??= theirs;
      if (traceHigh !== span.traceHigh || traceLow !== span.traceLow || (theirs ?? tid) !== tid) {
        if (!onDrop) throw new DecodeError('mixed_trace_ids', `${path}[${chunk.length}]`);
        reason ??= 'mixed_trace_ids';
      }
      if (isLenient && !((span.traceHigh || span.traceLow) && (span.spanHigh || span.spanLow))) {
        if (!onDrop) throw new DecodeError('bad_span', `${path}[${chunk.length}]`);
        reason = 'zero_id';
      }
      chunk.push(span);
    },
    close(): void {
      if (!chunk.length && !onDrop) throw new DecodeError('empty_chunk', path);
      if (reason) onDrop?.(reason, chunk.length);
      else if (chunk.length) chunks.push(chunk);
    },
  };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DecodeError('bad_json', 'utf-8');
  }
}

function refusable(read: () => DatadogChunk[]): DatadogChunk[] | DecodeRefusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) return { error: error.code, path: error.path };
    return { error: 'bad_payload', path: '' };
  }
}
