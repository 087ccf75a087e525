import { maxRetryAfterMillis } from '../trace/limits.ts';
import type { Outcome } from './upstream/upstream.ts';

/** Why a request was refused: the word in the body, and in the log. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds?: number;
}

/** What a limit counts by: an address, the holder that a token names, or a page's token that names none. */
export type LimitKind = 'address' | 'holder' | 'proof';

/** A request that was refused. */
export interface Refused {
  readonly status: 'refused';
  readonly refusal: Refusal;
  /** Of `rate_limited`: whose limit it is. For the log alone. */
  readonly limit?: LimitKind;
}

/** A request of another SDK that was passed on, with what its intake answered. */
export interface Forwarded {
  readonly status: 'forwarded';
  readonly httpStatus: number;
}

/** What became of a request: the batch is taken or to be sent again later, it is refused, or it was passed on. */
export type IntakeResult = Exclude<Outcome, { status: 'rejected' }> | Refused | Forwarded;

/** Codes of refusals and the status each has; what is not listed is 422: the payload's content. */
const statusByCode: Readonly<Record<string, number>> = {
  line_missing: 400,
  line_invalid: 400,
  line_version: 400,
  body_aborted: 400,
  bad_gzip: 400,
  trailing_bytes: 400,
  unauthorized: 401,
  origin_not_allowed: 403,
  server_not_allowed: 403,
  forward_not_allowed: 403,
  not_found: 404,
  body_timeout: 408,
  request_too_large: 413,
  raw_too_large: 413,
  inflate_ratio: 413,
  too_many_spans: 413,
  mangled_body: 415,
  encoded_body: 415,
  rate_limited: 429,
  misconfigured: 503,
  busy: 503,
  internal_error: 503,
};

/** The refusal a code stands for. */
export function refusalOf(code: string, retryAfterSeconds?: number): Refusal {
  return { status: statusByCode[code] ?? 422, code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** A refusal as a result. */
export function refused(code: string, retryAfterSeconds?: number): Refused {
  return { status: 'refused', refusal: refusalOf(code, retryAfterSeconds) };
}

/** What became of a request, as an answer: for a batch 202 and nothing else where the primary upstream has it. */
export function answerOutcome(result: IntakeResult, headers: Headers): Response {
  if (result.status === 'forwarded') {
    if (isLater(result.httpStatus)) headers.set('Retry-After', wholeSeconds());
    return new Response(null, { status: result.httpStatus, headers });
  }
  if (result.status === 'ok') return new Response(null, { status: 202, headers });
  if (result.status === 'refused') return answerRefusal(result.refusal, headers);
  const retryAfterSeconds = (result.afterMillis ?? 5_000) / 1000;
  return answerRefusal({ status: result.code === 'upstream_429' ? 429 : 503, code: result.code, retryAfterSeconds }, headers);
}

/** `{"error":"code"}`; the code is ours and never holds what a client sent. */
export function answerRefusal({ status, code, retryAfterSeconds }: Refusal, headers: Headers): Response {
  if (isLater(status)) headers.set('Retry-After', wholeSeconds(retryAfterSeconds ?? (code === 'busy' ? 1 : undefined)));
  return answerJson({ error: code }, status, headers);
}

function isLater(status: number): boolean {
  return status === 429 || status === 503;
}

/** Of what a limiter or an upstream says, which may be anything: whole seconds, at least one and at most an hour. */
function wholeSeconds(seconds = Number.NaN): string {
  return `${Number.isNaN(seconds) ? 30 : Math.min(maxRetryAfterMillis / 1000, Math.max(1, Math.ceil(seconds)))}`;
}

/** A small JSON answer that no cache keeps and no browser guesses about. */
export function answerJson(value: unknown, status: number, headers: Headers): Response {
  headers.set('Content-Type', 'application/json');
  headers.set('Cache-Control', 'no-store');
  headers.set('X-Content-Type-Options', 'nosniff');
  return new Response(JSON.stringify(value), { status, headers });
}
