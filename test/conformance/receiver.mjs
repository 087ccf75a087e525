import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * What an Agent is to a tracer, on a free port of this machine: takes `PUT /v0.4/traces` and keeps the bodies as they came.
 * With `nativeEvents` its `/info` announces typed events.
 */
export async function startReceiver({ nativeEvents = false } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    response.setHeader('content-type', 'application/json');
    if (request.url === '/info') response.end(JSON.stringify({ endpoints: ['/v0.4/traces'], span_events: nativeEvents }));
    else if (request.url === '/v0.4/traces') {
      requests.push({ method: request.method, headers: request.headers, body: Buffer.concat(parts) });
      response.end('{"rate_by_service":{}}');
    } else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Requests since the last time. */
    take: () => requests.splice(0),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
