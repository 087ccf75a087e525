import type { DatadogChunk } from '../../datadog/datadog-span.ts';
import { halve } from '../cut-batch.ts';
import { createSendParts } from './send-parts.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream.ts';

/** Bytes of one request. Datadog's intakes refuse above 3.2 MB, its Agent's sender splits there: pkg/trace/writer `MaxPayloadSize`. */
export const maxPartBytes = 3_000_000;

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
  const sendParts = createSendParts();
  return async ({ chunks, line }, signal) => {
    const parts = cut(chunks, line, print, maxBytes);
    const send = async ({ body, chunks: some }: PrintedPart): Promise<Outcome> =>
      body.length > maxBytes ? { status: 'rejected', code: 'span_too_large' } : post(body, some, line, signal);
    return sendParts(parts.map((part) => ({ chunks: part.chunks, send: () => send(part) })));
  };
}

interface PrintedPart {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly chunks: readonly DatadogChunk[];
}

/** All are printed before the first is sent, so that one that cannot be is no half batch. */
function cut(chunks: readonly DatadogChunk[], line: IntakeBatch['line'], print: PrintPart, maxBytes: number): PrintedPart[] {
  const body = print(chunks, line);
  const halves = body.length > maxBytes ? halve(chunks) : undefined;
  return halves === undefined ? [{ body, chunks }] : halves.flatMap((half) => cut(half, line, print, maxBytes));
}
