/** What is used of Node's `IncomingMessage`; by shape, so that a Worker's project needs no types of Node. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly host?: string | undefined };
  readonly rawHeaders: readonly string[];
  readonly complete: boolean;
  readonly socket: { readonly remoteAddress?: string | undefined };
  // biome-ignore lint/suspicious/noExplicitAny: as Node's own overloads, one of which takes any event
  on(event: any, listener: (value: any) => void): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  once(event: any, listener: (value: any) => void): unknown;
  removeAllListeners(event: string): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** What is used of Node's `ServerResponse`. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  setHeader(name: string, value: string | string[]): unknown;
  writeHead(status: number): unknown;
  flushHeaders(): void;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  on(event: string, listener: () => void): unknown;
  once(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

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
export function toNodeHandler(handler: FetchHandler, env?: unknown): (incoming: NodeRequest, outgoing: NodeResponse) => void {
  const waitUntil = (promise: Promise<unknown>): void => void promise.catch(() => {});
  return (incoming, outgoing) => {
    const ctx = { waitUntil, clientAddress: incoming.socket.remoteAddress };
    void serve(incoming, outgoing, (request) => handler(request, env, ctx));
  };
}

async function serve(
  incoming: NodeRequest,
  outgoing: NodeResponse,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  try {
    const abort = new AbortController();
    outgoing.on('close', () => abort.abort());
    const request = toRequest(incoming, abort.signal);
    await write(request === undefined ? bare(400) : await handler(request), outgoing, incoming);
  } catch {
    // A handler that throws has broken its own promise: the client hears no reason.
    if (outgoing.headersSent) outgoing.end();
    else await write(bare(500), outgoing, incoming);
  }
}

/** An answer without the handler: it has no CORS headers, as nobody here knows which origins are allowed, and says so to caches. */
function bare(status: number): Response {
  return new Response(null, { status, headers: { Vary: 'Origin' } });
}

/** Undefined where method, path or host cannot be a request. */
function toRequest(incoming: NodeRequest, signal: AbortSignal): Request | undefined {
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

function toStream(incoming: NodeRequest): ReadableStream<Uint8Array> {
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

async function write(response: Response, outgoing: NodeResponse, incoming: NodeRequest): Promise<void> {
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

async function pump(body: ReadableStream<Uint8Array>, outgoing: NodeResponse): Promise<void> {
  const reader = body.getReader();
  let wake = (): void => {};
  const onDrain = (): void => wake();
  const onClose = (): void => {
    void reader.cancel().catch(() => {});
    wake();
  };
  outgoing.on('drain', onDrain);
  outgoing.once('close', onClose);
  outgoing.flushHeaders();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || outgoing.destroyed) break;
    if (outgoing.write(value)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  outgoing.off('drain', onDrain);
  outgoing.off('close', onClose);
  outgoing.end();
}
