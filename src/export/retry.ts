import { maxRetryAfterMillis } from '../trace/limits.ts';
import type { DropReason } from './envelope.ts';

/** What an attempt came to. */
export type Answer = { readonly kind: 'delivered' } | Trouble;

export interface Trouble {
  /** Worth another try, or never to be tried again. */
  readonly kind: 'retry' | 'final';
  /** Counted where there is no further try. */
  readonly reason: DropReason;
  /** For a human; begins with the status. */
  readonly detail?: string | undefined;
  readonly afterMillis?: number | undefined;
}

/** What is known of a response. A network error or a time-out has status 0. */
export interface ResponseFacts {
  readonly status: number;
  readonly retryAfter?: string | null | undefined;
  readonly contentType?: string | null | undefined;
  readonly body?: string | undefined;
}

const baseMillis = 1000;
const capMillis = 60_000;
const maxDetailLength = 200;
const reasons: { readonly [status: number]: DropReason } = { 401: 'unauthorized', 413: 'oversize', 429: 'rate_limited' };
/** A batch in memory is given up at this age. */
export const maxAgeMillis = 1_800_000;

/** Reads an intake's response by the table of the envelope: 202 alone is delivered. */
export function judgeResponse({ status, retryAfter, contentType, body = '' }: ResponseFacts, nowMillis: number): Answer {
  if (status === 202) return { kind: 'delivered' };
  const isOurs = !contentType?.includes('html');
  const isRetry = status === 401 || status === 429 || (isOurs && (status === 0 || status === 408 || status === 425 || status >= 500));
  const isKnown = isRetry || (isOurs && [400, 403, 404, 413, 415, 422].includes(status));
  const said = status === 401 ? 'is `token` right?' : isKnown ? body : 'the URL is no edgespan intake';
  return {
    kind: isRetry ? 'retry' : 'final',
    reason: (isKnown && reasons[status]) || (isRetry ? 'retry_expired' : 'rejected_4xx'),
    detail: `${status || 'no answer'} ${said}`.trim().slice(0, maxDetailLength),
    afterMillis: parseRetryAfter(retryAfter, nowMillis),
  };
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
