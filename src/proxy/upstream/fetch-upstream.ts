import type { Outcome } from './upstream.ts';

/** How much of an upstream's answer is looked at. */
export const maxReplyBytes = 65_536;

/** An upstream's answer: status, at most 64 KiB of text, and when it wants to be asked again. */
export interface UpstreamReply {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMillis: number | undefined;
}

/**
 * Asks an upstream. Redirects are not followed: `status` is then 3xx, or 0 where the host hides it.
 *
 * @throws what `fetch` throws: network errors and the signal's end.
 */
export async function fetchUpstream(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<UpstreamReply> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  return {
    status: response.status,
    text: await readText(response),
    retryAfterMillis: retryAfterMillis(response.headers.get('retry-after')),
  };
}

/** What an answer to a batch means. 401, 403, 404, 405 and redirects are our own configuration's fault: the client keeps the batch. */
export function outcomeOf(reply: UpstreamReply): Outcome {
  const { status, retryAfterMillis: afterMillis } = reply;
  if (status >= 200 && status < 300) return { status: 'ok' };
  if (status === 400 || status === 413 || status === 415 || status === 422) return { status: 'rejected', code: `upstream_${status}` };
  if (status === 0 || (status >= 300 && status < 400)) return { status: 'retry', code: 'upstream_redirect', afterMillis };
  return { status: 'retry', code: `upstream_${status}`, afterMillis };
}

/** What a failed `fetch` means. */
export function outcomeOfError(signal: AbortSignal): Outcome {
  return { status: 'retry', code: signal.aborted ? 'upstream_timeout' : 'upstream_unreachable' };
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let readBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    readBytes += value.length;
    text += decoder.decode(readBytes > maxReplyBytes ? value.subarray(0, value.length - (readBytes - maxReplyBytes)) : value, {
      stream: true,
    });
    if (readBytes < maxReplyBytes) continue;
    reader.cancel().catch(() => {});
    return text;
  }
}

/** Seconds only: a date would need a clock that agrees with theirs. At most an hour. */
function retryAfterMillis(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header), 3600) * 1000;
}
