// All of the playground at one address: page, intake proxy and viewer here, the Worker in workerd, the orders in Deno.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIntakeProxy, toNodeHandler, viewerUpstream } from 'edgespan/proxy';
import { createTraceViewer, type TraceViewer } from 'edgespan/viewer';
import { buildPage } from './page-build.ts';
import { startDeno } from './tier-deno.ts';
import { startWorkerd, type Tier } from './tier-workerd.ts';

export type TierName = 'browser' | 'workerd' | 'deno';

export interface StackOptions {
  readonly port: number;
  readonly withZone: boolean;
  readonly without: TierName | undefined;
}

export interface Stack {
  readonly origin: string;
  readonly viewer: TraceViewer;
  /** Calls the Worker as the page would, without a page. */
  callWorker(): Promise<Response>;
  close(): Promise<void>;
}

const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html', map: 'application/json' };

const closedHtml = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>closed</title><p style="font:16px system-ui;margin:3rem">That page is gone. <a href="/#/traces">See its spans arrive</a></p></html>`;

/** Nothing listens there: what a tier that is left out looks like to those who call it. */
const nowhere = 'http://127.0.0.1:9';

export async function startStack({ port, withZone, without }: StackOptions): Promise<Stack> {
  const files = await buildPage(withZone);
  const viewer = createTraceViewer();
  let worker: Tier | undefined;
  let deno: Tier | undefined;
  let origin = '';
  // Known only when the server listens, and the server needs it.
  let intake = (_request: Request): Promise<Response> => Promise.resolve(new Response(null, { status: 503 }));

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/t') return intake(request);
    if (url.pathname.startsWith('/viewer/')) return viewer.fetch(new Request(new URL(url.pathname.slice(7) + url.search, url), request));
    if (url.pathname.startsWith('/api/')) return callWorker(request);
    if (url.pathname === '/tiers') return Response.json([tier('Worker', 'workerd', worker), tier('Deno', 'deno', deno)]);
    if (url.pathname === '/closed') return new Response(closedHtml, { headers: { 'content-type': 'text/html; charset=utf-8' } });
    const file = files.get(url.pathname);
    const type = types[url.pathname.split('.').at(-1) ?? ''] ?? 'text/html';
    return file
      ? new Response(new Uint8Array(file), { headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' } })
      : new Response('not found', { status: 404 });
  }

  async function callWorker(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    try {
      const body = request.method === 'GET' ? null : await request.arrayBuffer();
      const found = await fetch(`${worker?.url ?? nowhere}${pathname}`, { method: request.method, headers: passed(request.headers), body });
      const headers = new Headers(found.headers);
      for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name);
      return new Response(await found.arrayBuffer(), { status: found.status, headers });
    } catch {
      return Response.json({ error: 'the Worker does not answer' }, { status: 502 });
    }
  }

  const server = createServer(toNodeHandler(answer));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = createIntakeProxy({
    upstream: viewerUpstream({ handler: viewer.fetch }),
    allowOrigins: [origin, origin.replace('127.0.0.1', 'localhost')],
    allowServers: true,
    auth: 'none',
    log: () => {},
  });
  intake = (request) => proxy.fetch(request);

  if (without !== 'deno') deno = await startDeno(`${origin}/t`);
  if (without !== 'workerd') worker = await startWorkerd(deno?.url ?? nowhere, intake);

  return {
    origin,
    viewer,
    callWorker: () => callWorker(new Request(`${origin}/api/checkout`, { method: 'POST' })),
    async close() {
      await Promise.allSettled([worker?.close(), deno?.close()]);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passed(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ['host', 'connection', 'content-length', 'accept-encoding']) kept.delete(name);
  return kept;
}

function tier(title: string, runtime: string, running: Tier | undefined): object {
  return { title, runtime, detail: running?.detail ?? 'not started', state: running ? 'ready' : 'failed' };
}
