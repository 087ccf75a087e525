import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FetchHandler, toNodeHandler } from '../runtime/node-http.ts';

/** A server that listens. */
export interface Serving {
  /** `http://127.0.0.1:4319`. */
  readonly address: string;
  /** Takes no more connections, ends each with the answer that runs on it, waits for those at most so long. */
  close(waitMillis: number): Promise<void>;
}

/**
 * Serves a `fetch` handler.
 *
 * @param port 0 takes a free one.
 * @throws Error saying what to do where the port is taken or may not be used.
 */
export async function serve(handler: FetchHandler, host: string, port: number, env?: unknown): Promise<Serving> {
  const handle = toNodeHandler(handler, env);
  const running = new Set<ServerResponse>();
  let isClosing = false;
  const server = createServer((incoming, outgoing) => {
    running.add(outgoing);
    if (isClosing) endAfter(outgoing);
    outgoing.once('close', () => {
      running.delete(outgoing);
      if (isClosing) server.closeIdleConnections();
    });
    handle(incoming, outgoing);
  });
  await listen(server, host, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: (waitMillis) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), waitMillis);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        // A client that is busy keeps its connection alive, and would go on asking.
        isClosing = true;
        for (const outgoing of running) endAfter(outgoing);
        server.closeIdleConnections();
      }),
  };
}

/** The answer is the last on its connection, where its head is not on the way yet. */
function endAfter(outgoing: ServerResponse): void {
  if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close');
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} is in use: stop what listens there, or give another --port`,
        EACCES: `port ${port} may not be used: give a --port above 1023`,
        EADDRNOTAVAIL: `${host} is no address of this machine: give another --host`,
      };
      reject(new Error(`Cannot listen as ${reasons[error.code ?? ''] ?? error.message}`));
    });
    server.listen(port, host, resolve);
  });
}
