/** What answers behind an intake's URL, and what to do where it is not what an exporter needs. */
export interface ReceiverFinding {
  readonly ok: boolean;
  readonly text: string;
  readonly fix?: string;
}

const timeoutMillis = 5_000;

/**
 * Asks what is behind a URL by `GET`: one of our receivers says so itself; what else may stand there is told by how it answers. Never throws.
 */
export async function askReceiver(url: string, fetch: typeof globalThis.fetch): Promise<ReceiverFinding> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return { ok: false, text: `receiver: ${url} is no http or https URL`, fix: 'give the URL that stands in intake({ url })' };
  }
  const answer = await ask(url, fetch);
  if (answer === undefined) {
    return {
      ok: false,
      text: `receiver: nothing answers at ${url}`,
      fix: 'start it (`npx edgespan dev`), or look at host, port and firewall',
    };
  }
  const { status, text, type } = answer;
  const said = parse(text);
  if (status === 200 && typeof said['receiver'] === 'string') {
    const limit = said['maxRequestBytes'];
    return { ok: true, text: `receiver: ${said['receiver']} at ${url}${limit ? `, requests up to ${limit} bytes` : ''}` };
  }
  if (status === 503 && said['error'] === 'misconfigured') {
    return { ok: false, text: `receiver: a proxy at ${url}, closed`, fix: 'its log names the option that is missing' };
  }
  const info = parse((await ask(new URL('/info', url).href, fetch))?.text ?? '');
  if (Array.isArray(info['endpoints'])) {
    return {
      ok: false,
      text: `receiver: an Agent at ${new URL(url).origin}`,
      fix: 'servers send to it with agent({ url }); for browsers put `npx edgespan proxy` before it, as it refuses cross-site requests',
    };
  }
  if (type.includes('html')) {
    return { ok: false, text: `receiver: a web page at ${url} (${status})`, fix: 'the path does not reach the proxy: route it there' };
  }
  return {
    ok: false,
    text: `receiver: something else at ${url} (${status})`,
    fix: 'give the URL of the proxy with its path, by default /t',
  };
}

async function ask(url: string, fetch: typeof globalThis.fetch): Promise<{ status: number; text: string; type: string } | undefined> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMillis) });
    const text = (await response.text()).slice(0, 65_536);
    return { status: response.status, text, type: response.headers.get('content-type') ?? '' };
  } catch {
    return undefined;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
