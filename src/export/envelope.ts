import { cutText } from '../trace/cut-text.ts';
import { json } from '../trace/json.ts';
import { maxLineBytes, maxNameBytes, maxTagBytes } from '../trace/limits.ts';

/** Why spans were lost: a closed set, the same on every side of the wire. */
export type DropReason =
  | 'queue_full'
  | 'oversize'
  | 'serialize_error'
  | 'rejected_4xx'
  | 'unauthorized'
  | 'rate_limited'
  | 'retry_expired'
  | 'storage_full'
  | 'storage_lost'
  | 'exit_overflow'
  | 'shutdown'
  | 'before_send'
  | 'internal_error';

/** Where the spans were made. */
export type EnvelopeRuntime = 'browser' | 'worker' | 'workerd' | 'deno' | 'node' | 'bun';

/** What a client did not deliver since its previous batch, in spans. */
export interface EnvelopeLedger {
  readonly notSampled: number;
  readonly dropped: { readonly [reason in DropReason]?: number };
}

/**
 * The line of JSON in front of a payload. `client`, `seq`, `enc`, `raw`, `spans` and `ledger` never change between tries of a batch;
 * `attempt`, `sentAt`, `token` and `final` are written anew for each.
 */
export interface EnvelopeLine {
  readonly v: 1;
  /** 32 lower-case hex digits, random, per page, process or isolate. */
  readonly client: string;
  /** Number of the batch within its client, from 0. */
  readonly seq: number;
  /** From 1. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  /** True where nobody will try again. */
  readonly final?: boolean | undefined;
  readonly token?: string | undefined;
  readonly enc: 'gzip' | 'identity';
  /** Bytes of the payload before compression. */
  readonly raw: number;
  readonly spans: number;
  readonly runtime: EnvelopeRuntime;
  /** Language of the tracer, `javascript`. */
  readonly lang: string;
  /** Version of the tracer. */
  readonly tracer: string;
  readonly service: string;
  readonly env: string;
  readonly version: string;
  readonly ledger: EnvelopeLedger;
}

/**
 * Prints the line with its newline, at most 2,048 bytes of UTF-8. Service, env and version are cut at 100, 200 and 100 bytes, whole
 * characters, and shorter where the line would be too long (escapes can make six bytes of one): the ledger is never cut. A token must
 * not have more than 1,024 bytes. Never throws.
 */
export function formatEnvelopeLine(line: EnvelopeLine): string {
  for (let part = 1; ; part *= 2) {
    const text = `${json({
      ...line,
      service: cutText(line.service, maxNameBytes / part),
      env: cutText(line.env, maxTagBytes / part),
      version: cutText(line.version, maxNameBytes / part),
    })}\n`;
    if (part > maxTagBytes || cutText(text, maxLineBytes) === text) return text;
  }
}
