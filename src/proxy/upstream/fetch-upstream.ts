import { maxRetryAfterMillis } from '../../trace/limits.ts';
import type { Outcome } from './upstream.ts';

/** How much of an upstream's answer is looked at. */
export const maxReplyBytes = 65_536;
/** How long a body is waited for once the headers are there: they alone say what became of the batch. */
const replyMillis = 1_000;

/** An upstream's answer: status, at most 64 KiB of body where it was asked for, and when it wants to be asked again. */
export interface UpstreamReply {
  readonly status: number;
  /** Empty where it broke, stalled or was not asked for. */
  readonly body: Uint8Array;
  readonly retryAfterMillis: number | undefined;
  /** A page for people, of something that stands in the receiver's place: no receiver of spans answers so. */
  readonly isHtml: boolean;
}

/**
 * Asks an upstream. Redirects are not followed: `status` is then 3xx, or 0 where the host hides it.
 *
 * @param wantsBody Whether anybody reads the body; else it goes on to its end behind the answer's back, as far as it would be read: a body
 *   that is cancelled costs its connection.
 * @throws what `fetch` throws before an answer's headers are there: network errors and the signal's end.
 */
export async function fetchUpstream(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
  wantsBody = false,
): Promise<UpstreamReply> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  if (!wantsBody) void readParts(response, () => {});
  return {
    status: response.status,
    body: wantsBody ? await readBody(response) : new Uint8Array(0),
    retryAfterMillis: retryAfterMillis(response.headers),
    isHtml: /^text\/html\b/i.test(response.headers.get('content-type') ?? ''),
  };
}

/**
 * What an answer to a batch means. 401, 403, 404, 405, redirects and pages for people are our own configuration's fault: the client keeps the
 * batch.
 */
export function outcomeOf(reply: UpstreamReply): Outcome {
  const { status, isHtml, retryAfterMillis: afterMillis } = reply;
  if (isHtml && status >= 200 && status < 500) return { status: 'retry', code: 'upstream_html', afterMillis };
  if (status >= 200 && status < 300) return { status: 'ok' };
  if (status === 400 || status === 413 || status === 415 || status === 422) return { status: 'rejected', code: `upstream_${status}` };
  if (status === 0 || (status >= 300 && status < 400)) return { status: 'retry', code: 'upstream_redirect', afterMillis };
  return { status: 'retry', code: `upstream_${status}`, afterMillis };
}

/** What a failed `fetch` means. */
export function outcomeOfError(signal: AbortSignal): Outcome {
  return { status: 'retry', code: signal.aborted ? 'upstream_timeout' : 'upstream_unreachable' };
}

/** Never rejects: what happens to a body changes nothing of the status. */
async function readBody(response: Response): Promise<Uint8Array> {
  const body = new Uint8Array(maxReplyBytes);
  const length = await readParts(response, (part, offset) => body.set(part, offset));
  return body.subarray(0, length);
}

/** Reads until the end, 64 KiB or a second later. Gives how much it was; 0 where it broke or stalled. Never rejects. */
async function readParts(response: Response, onPart: (part: Uint8Array, offset: number) => void): Promise<number> {
  let length = 0;
  const reader = response.body?.getReader();
  let timer: unknown;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, replyMillis);
  });
  try {
    while (reader !== undefined && length < maxReplyBytes) {
      const next = await Promise.race([reader.read(), late]);
      if (next === undefined) return 0;
      if (next.done) break;
      const part = next.value.subarray(0, maxReplyBytes - length);
      onPart(part, length);
      length += part.length;
    }
    return length;
  } catch {
    return 0;
  } finally {
    clearTimeout(timer as number);
    reader?.cancel().catch(() => {});
  }
}

/** Seconds, or a date by the upstream's own clock. At most an hour. */
function retryAfterMillis(headers: Headers): number | undefined {
  const header = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(header)) return Math.min(Number(header) * 1000, maxRetryAfterMillis);
  // What `Date.parse` takes beside HTTP's dates is a guess.
  const atMillis = header.endsWith(' GMT') ? Date.parse(header) : Number.NaN;
  const theirMillis = Date.parse(headers.get('date') ?? '');
  const millis = atMillis - (Number.isNaN(theirMillis) ? Date.now() : theirMillis);
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(0, millis), maxRetryAfterMillis);
}
