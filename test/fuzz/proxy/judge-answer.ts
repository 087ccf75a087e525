import { pageOrigin } from '../../campaign/proxy/page-origin.ts';
import { canaryKey } from './proxies.ts';

/** Answers that say the proxy itself has failed. */
const ownFailures: readonly string[] = ['internal_error', 'misconfigured', 'busy'];

/** The code of an answer, `202` and the like where it has none, and what is wrong with the answer. */
export interface AnswerJudgement {
  readonly code: string;
  readonly faults: readonly string[];
}

export async function judgeAnswer(request: Request, response: Response, token: string): Promise<AnswerJudgement> {
  const faults: string[] = [];
  const { status, headers } = response;
  const text = response.body === null ? '' : await response.text();
  let code = `${status}`;
  // What the intake of the Browser SDK said is passed on as it is, without its words.
  const isForwarded = request.method === 'POST' && new URL(request.url).searchParams.has('ddforward') && text === '';
  if (isForwarded) code = `forwarded ${status}`;
  // As GET without the body.
  else if (request.method === 'HEAD') code = `HEAD ${status}`;
  else if (status >= 400) {
    code = /^\{"error":"([a-z0-9_]{1,40})"\}$/.exec(text)?.[1] ?? 'no code';
    if (code === 'no code') faults.push(`answer ${status} without a code: ${text.slice(0, 100)}`);
    if (headers.get('cache-control') !== 'no-store') faults.push('answer may be kept');
    if ((status === 503 || status === 429) && !/^[1-9]\d{0,4}$/.test(headers.get('retry-after') ?? '')) faults.push('no Retry-After');
  }
  if (!isForwarded && ![200, 202, 204].includes(status) && !(status >= 400 && status < 500) && status !== 503)
    faults.push(`status ${status}`);
  if (ownFailures.includes(code)) faults.push(`own failure ${code}`);
  // The reader of JSON has no such word: something in it threw what it does not know.
  if (code === 'bad_payload' && new URL(request.url).pathname === '/t') faults.push('the reader of JSON failed');
  if (status === 202 && text !== '') faults.push('202 with a body');
  if (text.includes(canaryKey) || text.includes(token)) faults.push('a secret in the answer');
  const origin = request.headers.get('origin');
  const said = headers.get('access-control-allow-origin');
  if (said !== (origin === pageOrigin ? pageOrigin : null)) faults.push(`said origin ${said} to ${origin}`);
  if (!headers.get('vary')?.includes('Origin')) faults.push('no Vary');
  return { code, faults };
}
