import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { build } from 'esbuild';

export interface Request {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Server {
  readonly origin: string;
  /** Requests since the last time. */
  take(): Request[];
  close(): Promise<void>;
}

/** A server that keeps what comes and answers what it is told to. */
export async function startServer(answer: (request: Request) => { status: number; type?: string; body?: string }): Promise<Server> {
  const taken: Request[] = [];
  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const request = { url: new URL(incoming.url!, 'http://127.0.0.1'), headers: incoming.headers, body: Buffer.concat(parts) };
    taken.push(request);
    const { status, type, body } = answer(request);
    response.writeHead(status, type ? { 'content-type': type } : {}).end(body);
  });
  return { ...(await listen(server)), take: () => taken.splice(0) };
}

export async function listen(server: ReturnType<typeof createServer>): Promise<{ origin: string; close(): Promise<void> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A script with Datadog's RUM SDK as it is in npm, at `window.rum`. */
export async function bundleRum(peers: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `import { datadogRum } from '@datadog/browser-rum'; window.rum = datadogRum;`, resolveDir: peers },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
