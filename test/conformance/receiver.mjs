import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * What an Agent is to a tracer, on a free port of this machine: takes `/v0.4/traces` and keeps the bodies as they came.
 *
 * @param options.nativeEvents whether `/info` announces typed events
 * @param options.forwardTo address of a real receiver, which then gives every answer
 * @param options.info answered to `/info` all the same
 * @param options.headers added to what is forwarded
 */
export async function startReceiver({ nativeEvents = false, forwardTo, info, headers: added = {} } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { method, url, headers } = request;
    const taken = { method, headers, body, status: 200 };
    if (url === '/v0.4/traces') requests.push(taken);
    if (forwardTo && !(info && url === '/info')) {
      const { host: _, connection: __, 'content-length': ___, ...kept } = headers;
      const answer = await fetch(forwardTo + url, { method, headers: { ...kept, ...added }, ...(body.length && { body }) }).catch(
        (error) => error,
      );
      taken.status = answer.status ?? 502;
      if (answer instanceof Error) response.writeHead(502).end(String(answer.cause ?? answer));
      else
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(await answer.text());
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (url === '/info') response.end(JSON.stringify(info ?? { endpoints: ['/v0.4/traces'], span_events: nativeEvents }));
    else if (url === '/v0.4/traces') response.end('{"rate_by_service":{}}');
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Requests since the last time, each with the status it was answered. */
    take: () => requests.splice(0),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
