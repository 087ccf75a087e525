import { type IntakeResult, refused } from './answer.ts';
import type { IntakeParts, Sender } from './intake-parts.ts';
import { judgeOrigin } from './judge.ts';
import { addressKey } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import { maxForwardBytes } from './upstream/ddforward.ts';

/** Passes a request of another SDK on, from allowed origins only: their answer's status, none of its text. */
export async function takeForward(
  request: Request,
  ddforward: string,
  { address }: Sender,
  { config, metrics }: IntakeParts,
): Promise<IntakeResult | { readonly status: number }> {
  const origin = request.headers.get('origin');
  const code = config.browserSdk === undefined ? 'not_found' : origin === null ? 'server_not_allowed' : judgeOrigin(origin, config);
  if (code !== undefined || config.browserSdk === undefined) return refused(code ?? 'not_found');
  const key = address && `address ${addressKey(address)}`;
  const seconds = key ? ((await config.rateLimit?.(key, { requests: 1, spans: 0, bytes: 0 })) ?? 0) : 0;
  if (seconds > 0) return refused('rate_limited', seconds);
  const body = await readBody(request, maxForwardBytes, config.bodyTimeoutMillis);
  if (typeof body === 'string') return refused(body);
  const result = await config.browserSdk(ddforward, body, request.headers.get('content-type'), address);
  if ('status' in result) return result;
  metrics.add('requests_refused', 1, result.code);
  return result.code === 'forward_not_allowed' ? refused(result.code) : { status: 'retry', code: result.code };
}
