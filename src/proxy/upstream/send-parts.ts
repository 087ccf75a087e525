import { countSpans } from '../../datadog/count-spans.ts';
import type { DatadogChunk } from '../../datadog/datadog-span.ts';
import { spanIdOf, traceIdOf } from '../../datadog/hex-ids.ts';
import { createRecent } from '../recent.ts';
import type { Outcome, Retry } from './upstream.ts';

/** One of several requests that a batch is. */
export interface Part {
  readonly chunks: readonly DatadogChunk[];
  send(): Promise<Outcome>;
}

/** Sends what is several requests, in their order. Never rejects where no part does. */
export type SendParts = (parts: readonly Part[]) => Promise<Outcome>;

/** Parts remembered of batches that wait for the rest of theirs. */
const maxParts = 1_000;

/**
 * Sends a batch that is several requests, in their order. When one of these fails, the batch is to be tried again, and what was taken or
 * refused of it is not sent a second time: by this process or isolate, for as long as it remembers. What is refused keeps nothing else
 * back.
 *
 * @param goesOn Whether one that fails keeps nothing back either, unless it says when to come again: where nobody may come again.
 */
export function createSendParts(goesOn = false): SendParts {
  // By what spans they hold: a spool may cut a batch in its own way, and the Agent's form has another name for each try.
  const refusedSpans = createRecent<number>(maxParts);

  /** Of those parts that are remembered; one behind a part that failed may be from another try. */
  const takenOf = (parts: readonly Part[], keys: readonly string[]): number =>
    parts.reduce((sum, { chunks }, index) => sum + countSpans(chunks) - (refusedSpans.get(keys[index]!) ?? countSpans(chunks)), 0);

  return async (parts) => {
    const keys = parts.map(({ chunks }) => keyOf(chunks));
    let rejectedSpans = 0;
    let spanCount = 0;
    let refusal: Outcome | undefined;
    let failure: Retry | undefined;
    for (const [index, { chunks, send }] of parts.entries()) {
      const spans = countSpans(chunks);
      let refused = parts.length > 1 ? refusedSpans.get(keys[index]!) : undefined;
      if (refused === undefined) {
        const outcome = await send();
        if (outcome.status === 'retry') {
          failure ??= outcome;
          if (goesOn && outcome.afterMillis === undefined) continue;
          break;
        }
        if (outcome.status === 'rejected') refusal = outcome;
        refused = outcome.status === 'ok' ? Math.min(outcome.rejectedSpans ?? 0, spans) : spans;
        refusedSpans.set(keys[index]!, refused);
      }
      rejectedSpans += refused;
      spanCount += spans;
    }
    if (failure !== undefined) return withTaken(failure, takenOf(parts, keys));
    for (const key of keys) refusedSpans.delete(key);
    if (refusal !== undefined && rejectedSpans === spanCount) return refusal;
    return rejectedSpans > 0 ? { status: 'ok', rejectedSpans } : { status: 'ok' };
  };
}

/** A part may itself be several requests, and say so. */
function withTaken(outcome: Retry, spanCount: number): Outcome {
  const takenSpans = spanCount + (outcome.takenSpans ?? 0);
  return takenSpans > 0 ? { ...outcome, takenSpans } : outcome;
}

function keyOf(chunks: readonly DatadogChunk[]): string {
  const spans = chunks.flat();
  const ends = spans.length > 0 ? `${spanIdOf(spans[0]!)} ${spanIdOf(spans.at(-1)!)}` : '';
  return `${traceIdOf(chunks[0] ?? [])} ${ends} ${spans.length}`;
}
