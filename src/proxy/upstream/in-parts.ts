import type { DatadogChunk } from '../../datadog/datadog-span.ts';

import { spanIdOf, traceIdOf } from '../../datadog/hex-ids.ts';
import { halve } from '../cut-batch.ts';
import { createRecent } from '../recent.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream.ts';

/** Bytes of one request. Datadog's intakes refuse above 3.2 MB, its Agent's sender splits there: pkg/trace/writer `MaxPayloadSize`. */
export const maxPartBytes = 3_000_000;
/** Parts remembered of batches that wait for the rest of theirs. */
const maxParts = 1_000;

/** Chunks as one request's body, or one request with it. */
export type PrintPart = (chunks: readonly DatadogChunk[], line: IntakeBatch['line']) => Uint8Array<ArrayBuffer>;
export type PostPart = (
  body: Uint8Array<ArrayBuffer>,
  chunks: readonly DatadogChunk[],
  line: IntakeBatch['line'],
  signal: AbortSignal,
) => Promise<Outcome>;

/**
 * An upstream whose requests have a largest size: a batch above it is several. When one of these fails, the batch is to be tried again,
 * and what was taken or refused of it is not sent a second time: by this process or isolate, for as long as it remembers.
 */
export function inParts(print: PrintPart, post: PostPart, maxBytes: number = maxPartBytes): Upstream {
  // By what spans they hold: a spool may cut a batch in its own way, and the Agent's form has another name for each try.
  const refusedSpans = createRecent<number>(maxParts);

  return async ({ chunks, line }, signal) => {
    let parts: Part[];
    try {
      parts = cut(chunks, line, print, maxBytes);
    } catch {
      return { status: 'rejected', code: 'unprintable' };
    }
    let rejectedSpans = 0;
    let refusal: Outcome | undefined;
    for (const { body, chunks: some, key, spanCount } of parts) {
      let refused = parts.length > 1 ? refusedSpans.get(key) : undefined;
      if (refused === undefined) {
        const outcome: Outcome =
          body.length > maxBytes ? { status: 'rejected', code: 'span_too_large' } : await post(body, some, line, signal);
        if (outcome.status === 'retry') return outcome;
        if (outcome.status === 'rejected') refusal = outcome;
        refused = outcome.status === 'ok' ? Math.min(outcome.rejectedSpans ?? 0, spanCount) : spanCount;
        refusedSpans.set(key, refused);
      }
      rejectedSpans += refused;
    }
    for (const { key } of parts) refusedSpans.delete(key);
    const isWholeRefused = refusal !== undefined && rejectedSpans === spansOf(chunks);
    return isWholeRefused ? refusal! : rejectedSpans > 0 ? { status: 'ok', rejectedSpans } : { status: 'ok' };
  };
}

interface Part {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly chunks: readonly DatadogChunk[];
  readonly key: string;
  readonly spanCount: number;
}

/** All are printed before the first is sent, so that one that cannot be is no half batch. */
function cut(chunks: readonly DatadogChunk[], line: IntakeBatch['line'], print: PrintPart, maxBytes: number): Part[] {
  const body = print(chunks, line);
  const halves = body.length > maxBytes ? halve(chunks) : undefined;
  if (halves !== undefined) return halves.flatMap((half) => cut(half, line, print, maxBytes));
  const [first = []] = chunks;
  const spans = chunks.flat();
  const key = `${traceIdOf(first)} ${spans.length ? `${spanIdOf(spans[0]!)} ${spanIdOf(spans.at(-1)!)}` : ''} ${spans.length}`;
  return [{ body, chunks, key, spanCount: spans.length }];
}

function spansOf(chunks: readonly DatadogChunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
