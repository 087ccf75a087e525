import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.map': 'application/json',
  '.css': 'text/css',
};

/** What the checks ask the server for; undefined: no such path. */
export function answerForChecks(path: string): { type: string; body: string } | undefined {
  if (path === '/data.json') return { type: 'application/json', body: '{"rows":[1,2,3]}' };
  if (path === '/empty.js') return { type: 'text/javascript', body: 'export default 1' };
  if (path === '/worker.js') return { type: 'text/javascript', body: 'postMessage(1)' };
  if (path === '/events') return { type: 'text/event-stream', body: 'data: 1\n\n' };
  return undefined;
}

/** Serves folders by name: `/name/file`. */
export async function serveFolders(folders: Record<string, string>): Promise<{ url: string; server: Server }> {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent((request.url ?? '/').replace(/[?#].*$/, ''));
    const known = answerForChecks(path);
    if (known) {
      response.writeHead(200, { 'content-type': known.type }).end(known.body);
      return;
    }
    const [, name = '', ...rest] = path.split('/');
    const folder = folders[name];
    try {
      const file = join(folder ?? '/nowhere', normalize(`/${rest.join('/') || 'index.html'}`));
      const body = await readFile(file);
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
