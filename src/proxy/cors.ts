/** Seconds a browser may keep the answer to a preflight. */
const maxAgeSeconds = 600;

/**
 * Headers of every answer, errors too, as a page that cannot read an answer takes it for a network error and sends again: the exact
 * origin where it is allowed, nothing where not, never a wildcard, never credentials. Where nobody knows who is allowed, as the set-up failed,
 * any may read that.
 */
export function corsHeaders(origin: string | null, allowOrigins: ReadonlySet<string> | undefined): Headers {
  const headers = new Headers({ Vary: 'Origin' });
  if (origin !== null && allowOrigins?.has(origin) !== false) {
    headers.set('Access-Control-Allow-Origin', origin);
    headers.set('Access-Control-Expose-Headers', 'Retry-After');
  }
  return headers;
}

/** Answers a preflight. Envelopes need none; one comes where somebody set a header. Nothing but `Content-Type` is let through. */
export function answerPreflight(headers: Headers): Response {
  if (headers.has('Access-Control-Allow-Origin')) {
    headers.set('Access-Control-Allow-Methods', 'POST');
    headers.set('Access-Control-Allow-Headers', 'Content-Type');
    headers.set('Access-Control-Max-Age', `${maxAgeSeconds}`);
  }
  return new Response(null, { status: 204, headers });
}
