import type { SpanData } from '../trace/span-data.ts';
import type { DropReason, EnvelopeLedger } from './envelope.ts';
import type { Answer } from './retry.ts';

/** Finished spans that share an env and a version, not encoded yet. */
export interface SpanGroup {
  readonly spans: SpanData[];
  /** Estimated from the lengths of strings. */
  bytes: number;
  hasError: boolean;
  /** Taken by page exit while it was being compressed: whoever compresses it lets it go. */
  isTaken?: boolean;
}

/** What left the buffer as one: nothing of it changes between tries. */
export interface Batch {
  readonly client: string;
  readonly seq: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly enc: 'gzip' | 'identity';
  /** Bytes before compression. */
  readonly raw: number;
  readonly spans: number;
  readonly traces: number;
  readonly service: string;
  readonly env: string;
  readonly version: string;
  readonly ledger: EnvelopeLedger;
  readonly hasError: boolean;
  readonly cutAtMillis: number;
  /** Attempts so far. */
  attempt: number;
  /** Requests in flight: two where page exit sent it once more. */
  tries: number;
  /** Delivered or given up: what a second request says no longer counts. */
  isSettled: boolean;
}

/** What the encoder made of a group. */
export interface EncodedSpans {
  /** UTF-8 in pieces of a few dozen spans, together one document. */
  readonly pieces: Uint8Array<ArrayBuffer>[];
  readonly spans: number;
  readonly traces: number;
  readonly notSampled: number;
  readonly dropped: { readonly [reason in DropReason]?: number };
  readonly service: string;
  readonly env: string;
  readonly version: string;
}

export type EncodeSpans = (spans: readonly SpanData[]) => EncodedSpans;

/** One attempt. Never rejects. */
export type SendBatch = (batch: Batch, how: SendMode) => Promise<Answer>;

export interface SendMode {
  /** The page may be gone when this returns: nothing may be awaited before the request is out. */
  readonly isUrgent: boolean;
  /** Nobody will try again. */
  readonly isFinal: boolean;
}

/** Where batches go. */
export interface Transport {
  /** False for an Agent, which inflates nothing. */
  readonly isCompressed: boolean;
  readonly send: SendBatch;
  /** Asks the receiver what it takes, where that is not known yet. Never rejects. */
  readonly prepare?: (() => Promise<void>) | undefined;
}

/** Who sends: random per page, process or isolate, with the number of its next batch. */
export interface ClientIdentity {
  readonly client: string;
  nextSeq: number;
}
