/** A receiver to ask, and how it is called where somebody reads along. */
export interface Receiver {
  readonly url: string;
  /** Origin and path alone: a user, a password or a query may be a secret. */
  readonly shown: string;
}

const timeoutMillis = 5_000;
const maxTextLength = 65_536;

/** Undefined where it is no http or https URL, or one that `fetch` refuses as it holds a user or a password. */
export function toReceiver(text: string): Receiver | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  return { url: url.href, shown: `${url.origin}${url.pathname}` };
}

/** One request; redirects are answers. Undefined where nothing answers. Never throws. */
export async function requestReceiver(
  { url }: Pick<Receiver, 'url'>,
  fetch: typeof globalThis.fetch,
  init: RequestInit = {},
): Promise<{ status: number; text: string; headers: Headers } | undefined> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMillis), ...init });
    return { status: response.status, text: await readStart(response), headers: response.headers };
  } catch {
    return undefined;
  }
}

/** What stands there may be anything, and its body without an end. */
async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length >= maxTextLength) break;
  }
  return text.slice(0, maxTextLength);
}
