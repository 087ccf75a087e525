import type { IncomingMessage, ServerResponse } from 'node:http';

/** A `fetch` handler, as every door's `fetch` is. */
export type FetchHandler = (
  request: Request,
  env?: unknown,
  ctx?: { waitUntil(promise: Promise<unknown>): void; clientAddress?: string | undefined },
) => Response | Promise<Response>;

/** Time that a client has to take an early answer while it still sends a body nobody reads. */
const lingerMillis = 1_000;

/**
 * Serves a `fetch` handler from `node:http`, on Node and Bun. Bodies are streamed both ways under back-pressure; the request's signal
 * aborts when the client is gone. Uses nothing of Node but what it is handed.
 *
 * @param env Handed to the handler as it is, e.g. `process.env`.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * createServer(toNodeHandler(proxy.fetch)).listen(8080);
 * ```
 */
export function toNodeHandler(handler: FetchHandler, env?: unknown): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const waitUntil = (promise: Promise<unknown>): void => void promise.catch(() => {});
  return (incoming, outgoing) => {
    const ctx = { waitUntil, clientAddress: incoming.socket.remoteAddress };
    void serve(incoming, outgoing, (request) => handler(request, env, ctx));
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  try {
    const abort = new AbortController();
    outgoing.on('close', () => abort.abort());
    const request = toRequest(incoming, abort.signal);
    const response = request === undefined ? new Response(null, { status: 400 }) : await handler(request);
    await write(response, outgoing, incoming);
  } catch {
    // A handler that throws has broken its own promise: the client hears no reason.
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end();
  }
}

/** Undefined where method, path or host cannot be a request. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url = '/', headers } = incoming;
  const host = headers.host ?? 'localhost';
  if (!url.startsWith('/') || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  const list = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    list.append(incoming.rawHeaders[index]!, incoming.rawHeaders[index + 1]!);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(`http://${host}${url}`, {
      method,
      headers: list,
      signal,
      ...(hasBody ? { body: toStream(incoming), duplex: 'half' } : {}),
    } as RequestInit);
  } catch {
    return undefined;
  }
}

function toStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        incoming.on('data', (chunk: Uint8Array) => {
          controller.enqueue(new Uint8Array(chunk));
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        });
        incoming.once('end', () => controller.close());
        incoming.once('error', (error) => controller.error(error));
        incoming.once('close', () => {
          if (!incoming.complete) controller.error(new TypeError('The client went away'));
        });
        incoming.pause();
      },
      pull() {
        incoming.resume();
      },
      cancel() {
        incoming.removeAllListeners('data');
        incoming.removeAllListeners('end');
        incoming.removeAllListeners('close');
        incoming.pause();
      },
    },
    { highWaterMark: 65_536, size: (chunk) => chunk?.length ?? 0 },
  );
}

async function write(response: Response, outgoing: ServerResponse, incoming: IncomingMessage): Promise<void> {
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  // What is left of a body nobody read would be taken for the next request.
  if (!incoming.complete) outgoing.setHeader('connection', 'close');
  outgoing.writeHead(response.status);
  if (response.body === null) outgoing.end();
  else await pump(response.body, outgoing);
  if (incoming.complete) return;
  incoming.resume();
  const timer = setTimeout(() => incoming.destroy(), lingerMillis);
  (timer as unknown as { unref?: () => void }).unref?.();
  incoming.once('close', () => clearTimeout(timer));
}

async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const stop = (): void => void reader.cancel().catch(() => {});
  outgoing.once('close', stop);
  outgoing.flushHeaders();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || outgoing.destroyed) break;
    if (!outgoing.write(value))
      await new Promise<void>((resolve) => {
        outgoing.once('drain', resolve);
        outgoing.once('close', resolve);
      });
  }
  outgoing.off('close', stop);
  outgoing.end();
}
