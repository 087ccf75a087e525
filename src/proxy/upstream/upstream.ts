import type { DatadogChunk } from '../../datadog/datadog-span.ts';
import type { EnvelopeLine } from '../../export/envelope.ts';

/** What an intake proxy accepted: judged, inflated, decoded, validated. */
export interface IntakeBatch {
  /** Without the token. `spans` is what `chunks` hold, `raw` at least about what they took as JSON when they came. */
  readonly line: EnvelopeLine;
  /** One per trace, in fresh objects. */
  readonly chunks: readonly DatadogChunk[];
  readonly receivedAtMillis: number;
}

/**
 * What became of a batch. `ok`: the upstream has it, but for `rejectedSpans` that it did not take and never will. `retry`: later, not
 * before `afterMillis`; the client keeps it. `rejected`: this batch will never be taken. The code is a short word for answers and logs.
 * Only a proxy itself says `settled`: it goes on with the batch, whose sender will not come again, and never rejects.
 */
export type Outcome =
  | { readonly status: 'ok'; readonly rejectedSpans?: number }
  | Retry
  | { readonly status: 'rejected'; readonly code: string; readonly takenSpans?: number };

/** `takenSpans`: so many were taken, and are not sent again. */
export interface Retry {
  readonly status: 'retry';
  readonly code: string;
  readonly afterMillis?: number | undefined;
  readonly takenSpans?: number;
  /** Only a proxy itself says so of what a spool kept: the upstream takes others, so nothing but this batch waits for `afterMillis`. */
  readonly isOwnFault?: true;
  readonly settled?: Promise<Outcome>;
}

/**
 * Where a proxy hands batches on to. Answers within the signal's time and does not throw: an upstream that is not there is `retry`. What
 * throws nevertheless is a fault that another try would meet again: the batch is `rejected` as `internal_error`, which a sender hears as
 * 503. What a spool kept is given up, counted, when that happened five times and others were taken in between.
 * @see createFaults
 */
export type Upstream = (batch: IntakeBatch, signal: AbortSignal) => Promise<Outcome>;
