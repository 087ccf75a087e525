import { type IntakeResult, refused } from './answer.ts';
import type { Charge } from './gate.ts';
import { judgeOrigin } from './judge.ts';
import { maxForwardBytes } from './upstream/ddforward.ts';
import type { Way } from './way.ts';

/** Passes a request of another SDK on, from allowed origins only: their answer's status, none of its text. */
export const takeForward: Way = async (request, sender, { config, gate }) => {
  const { browserSdk } = config;
  const { searchParams } = new URL(request.url);
  const origin = request.headers.get('origin');
  if (browserSdk === undefined) return refused('not_found');
  const code = origin === null ? 'server_not_allowed' : judgeOrigin(origin, config);
  if (code !== undefined) return refused(code);
  // Nothing that the SDK posts goes to a host beside its intake: it names one for `GET` alone, to ask for quota or configuration.
  const target = searchParams.get('ddforward') ?? '';
  if (searchParams.has('ddforwardSubdomain') || browserSdk.isAllowed?.(target) === false) return refused('forward_not_allowed');
  const early = await gate.knock(sender);
  if (early !== undefined) return early;

  const passOn = async (body: Uint8Array<ArrayBuffer>, charge: Charge): Promise<IntakeResult> => {
    const late = await charge({}, 0);
    if (late !== undefined) return late;
    const address = sender.address || undefined;
    const result = await browserSdk(target, body, request.headers.get('content-type'), address);
    if ('status' in result) return { status: 'forwarded', httpStatus: result.status };
    return result.code === 'forward_not_allowed' ? refused(result.code) : { status: 'retry', code: result.code };
  };
  return gate.withBody(request, sender, maxForwardBytes, passOn, true);
};
