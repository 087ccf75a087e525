import { cleanText } from '../proxy/log.ts';
import { type Receiver, requestReceiver, toReceiver } from './receiver.ts';

/** Envelopes that this version sends. */
const envelopeVersion = 1;

/** Where proxy and viewer take envelopes unless they are told otherwise. */
const usualPath = '/t';

/** What answers behind an intake's URL, and what to do where it is not what an exporter needs. */
export interface ReceiverFinding {
  readonly ok: boolean;
  readonly text: string;
  readonly fix?: string;
  /** The intake that was found where the URL names the root of an origin alone: exporters post to exactly their URL, so this is what they need. */
  readonly below?: Receiver;
}

/**
 * Asks what is behind a URL by `GET`: one of our receivers says so itself; what else may stand there is told by how it answers. Behind the
 * root of an origin, where no intake answers, it looks for one at `/t`, too. Never throws.
 */
export async function askReceiver({ url, shown }: Receiver, fetch: typeof globalThis.fetch): Promise<ReceiverFinding> {
  const answer = await requestReceiver({ url }, fetch);
  if (answer === undefined) {
    return {
      ok: false,
      text: `receiver: nothing answers at ${shown}`,
      fix: 'start it (`npx edgespan dev`), or look at host, port and firewall',
    };
  }
  const { status, text, headers } = answer;
  const said = parse(text);
  if (status === 200 && typeof said['receiver'] === 'string') {
    const [name, limit] = [cleanText(said['receiver']), said['maxRequestBytes']];
    if (said['v'] !== envelopeVersion) {
      const fix = 'let both be of one version: the package of the page, and the proxy';
      return { ok: false, text: `receiver: ${name} at ${shown} takes envelopes of another version than ${envelopeVersion}`, fix };
    }
    return { ok: true, text: `receiver: ${name} at ${shown}${typeof limit === 'number' ? `, requests up to ${limit} bytes` : ''}` };
  }
  if (status === 503 && said['error'] === 'misconfigured') {
    return { ok: false, text: `receiver: a proxy at ${shown}, closed`, fix: 'its log names the option that is missing' };
  }
  const below = new URL(url).pathname === '/' ? toReceiver(new URL(usualPath, url).href) : undefined;
  const found = below && (await askReceiver(below, fetch));
  if (below && found?.ok) return { ...found, below };
  const info = parse((await requestReceiver({ url: new URL('/info', url).href }, fetch))?.text ?? '');
  if (Array.isArray(info['endpoints'])) {
    return {
      ok: false,
      text: `receiver: an Agent at ${new URL(url).origin}`,
      fix: 'servers send to it with agent({ url }); for browsers put `npx edgespan proxy` before it, as it refuses cross-site requests',
    };
  }
  if (headers.get('content-type')?.includes('html')) {
    return { ok: false, text: `receiver: a web page at ${shown} (${status})`, fix: 'the path does not reach the proxy: route it there' };
  }
  return {
    ok: false,
    text: `receiver: something else at ${shown} (${status})`,
    fix: 'give the URL of the proxy with its path, by default /t',
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
