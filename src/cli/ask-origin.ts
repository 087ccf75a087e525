import type { ReceiverFinding } from './ask-receiver.ts';
import { type Receiver, requestReceiver } from './receiver.ts';

/**
 * Asks whether pages of an origin could read a receiver's answers: a preflight, and a body that is no batch, both as a browser would send
 * them. Never throws.
 */
export async function askOrigin(receiver: Receiver, origin: string, fetch: typeof globalThis.fetch): Promise<ReceiverFinding> {
  if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin)) {
    return { ok: false, text: 'pages: --origin is no origin', fix: 'give it as a browser writes it: https://shop.example' };
  }
  const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
  const answers = await Promise.all([
    requestReceiver(receiver, fetch, { method: 'OPTIONS', headers: { Origin: origin, ...preflight } }),
    requestReceiver(receiver, fetch, { method: 'POST', headers: { Origin: origin }, body: 'edgespan doctor' }),
  ]);
  const allowed = answers.map((answer) => answer?.headers.get('access-control-allow-origin') ?? undefined);
  const isReadable = allowed.every((value) => value === origin || value === '*');
  if (isReadable) return { ok: true, text: `pages: those of ${origin} can read answers of ${receiver.shown}` };
  const said = ['preflight', 'POST'].map(
    (what, index) => `${what} ${allowed[index] ?? (answers[index] === undefined ? 'no answer' : 'none')}`,
  );
  return {
    ok: false,
    text: `pages: those of ${origin} cannot read answers of ${receiver.shown} (Access-Control-Allow-Origin: ${said.join(', ')})`,
    fix: `name it in allowOrigins (EDGESPAN_ALLOW_ORIGINS=${origin}); a cache or a proxy in front may also take the header away`,
  };
}
