import type { DropReason } from './envelope.ts';

/** What an attempt came to. */
export type Answer =
  | { readonly kind: 'delivered' }
  /** Worth another try; `reason` is counted where there is none left. */
  | { readonly kind: 'retry'; readonly reason: DropReason; readonly afterMillis?: number | undefined }
  /** Never to be tried again. `detail` is for a human. */
  | { readonly kind: 'final'; readonly reason: DropReason; readonly detail: string };

/** What is known of a response. A network error or a time-out has status 0. */
export interface ResponseFacts {
  readonly status: number;
  readonly retryAfter?: string | null | undefined;
  readonly contentType?: string | null | undefined;
  readonly body?: string | undefined;
}

const baseMillis = 1000;
const capMillis = 60_000;
const maxRetryAfterMillis = 3_600_000;
/** A batch in memory is given up at this age. */
export const maxAgeMillis = 1_800_000;

/** Reads an intake's response by the table of the envelope: 202 alone is delivered. */
export function judgeResponse({ status, retryAfter, contentType, body }: ResponseFacts, nowMillis: number): Answer {
  if (status === 202) return { kind: 'delivered' };
  if (status === 401) return { kind: 'retry', reason: 'unauthorized' };
  if (status === 429) return { kind: 'retry', reason: 'rate_limited', afterMillis: parseRetryAfter(retryAfter, nowMillis) };
  const isHtml = contentType?.includes('html');
  if (!isHtml && (status === 0 || status === 408 || status === 425 || status >= 500)) {
    return { kind: 'retry', reason: 'retry_expired', afterMillis: parseRetryAfter(retryAfter, nowMillis) };
  }
  if (!isHtml && [400, 403, 404, 413, 415, 422].includes(status)) {
    return { kind: 'final', reason: status === 413 ? 'oversize' : 'rejected_4xx', detail: `${status} ${body ?? ''}`.trim() };
  }
  return { kind: 'final', reason: 'rejected_4xx', detail: `${status}: the URL is no edgespan intake` };
}

/**
 * When to try again, or undefined to give up.
 *
 * @param failures of the receiver in a row, from 1.
 * @param ageMillis since the batch was cut.
 * @param random 0 up to 1: full jitter.
 */
export function retryDelayMillis(failures: number, answer: Answer, ageMillis: number, random: number): number | undefined {
  if (answer.kind !== 'retry') return undefined;
  const jitter = random * Math.min(capMillis, baseMillis * 2 ** Math.min(failures - 1, 16));
  const delay = Math.max(answer.afterMillis ?? 0, jitter);
  return ageMillis + delay > maxAgeMillis ? undefined : delay;
}

/** `Retry-After` in either form, clamped to an hour; undefined where it says nothing. */
export function parseRetryAfter(value: string | null | undefined, nowMillis: number): number | undefined {
  if (!value) return undefined;
  const millis = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMillis;
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), maxRetryAfterMillis);
}
