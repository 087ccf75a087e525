import { Agent, request as send } from 'node:http';
import type { FuzzInput } from './inputs.ts';

/** What came back, or why nothing did. */
export type WireAnswer = { readonly gone: string } | { readonly status: number; readonly headers: Headers; readonly text: string };

/** Connections to one server. */
export interface Wire {
  send(input: FuzzInput, request: Request, extraHeaders: Readonly<Record<string, string>>, patienceMillis: number): Promise<WireAnswer>;
  close(): void;
}

/**
 * Sends an input as it is: the path unchanged where its characters may stand in a request, headers as they were set, the body whole, in
 * pieces or torn off. Only the method is written as `fetch` writes it.
 */
export function createWire(base: string): Wire {
  const { hostname, port } = new URL(base);
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  return {
    send(input, request, extraHeaders, patienceMillis) {
      const { url, body, delivery } = input;
      const raw = url.slice('http://proxy.test'.length);
      const normal = new URL(request.url);
      const path = /^[!-~]+$/.test(raw) ? raw : normal.pathname + normal.search;
      const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
      const headers: Record<string, string> = { ...Object.fromEntries(request.headers), ...extraHeaders };
      if (hasBody && delivery === 'whole') headers['content-length'] ??= `${body.length}`;
      // Said here, as `node:http` says it for some methods only.
      else if (hasBody) headers['transfer-encoding'] = 'chunked';
      // What stands behind a body that says it is shorter would be the next request on the connection.
      const own = input.headers.has('content-length') ? false : agent;
      return new Promise((resolve) => {
        const outgoing = send({ hostname, port, path, method: request.method, headers, agent: own }, (incoming) => {
          const parts: Buffer[] = [];
          incoming.on('data', (part: Buffer) => parts.push(part));
          incoming.on('error', (error) => resolve({ gone: error.message }));
          incoming.on('end', () => {
            const list = new Headers();
            for (const [name, value] of Object.entries(incoming.headers)) list.set(name, String(value));
            resolve({ status: incoming.statusCode!, headers: list, text: Buffer.concat(parts).toString() });
          });
        });
        outgoing.on('error', (error) => resolve({ gone: error.message }));
        outgoing.setTimeout(patienceMillis, () => outgoing.destroy(new Error('no answer in time')));
        if (!hasBody) outgoing.end();
        else if (delivery === 'whole') outgoing.end(body);
        else {
          const step = Math.max(1, Math.floor(body.length / 7));
          const end = delivery === 'torn' ? body.length / 2 : body.length;
          for (let at = 0; at < end; at += step) outgoing.write(body.subarray(at, at + step));
          if (delivery === 'torn') setTimeout(() => outgoing.destroy(new Error('torn off')), 20);
          else outgoing.end();
        }
      });
    },
    close: () => agent.destroy(),
  };
}
