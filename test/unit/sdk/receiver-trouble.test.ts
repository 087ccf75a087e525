// What a newcomer hears whose receiver is down, closed or set up wrongly, although nothing is lost yet.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { agent, intake, register, withSpan } from 'edgespan/node';
import { afterEach, beforeEach, expect, test } from 'vitest';

let server: Server;
let origin = '';
let answer: [status: number, body: string] = [202, ''];
let told: string[] = [];

beforeEach(async () => {
  told = [];
  const warn = (message: string): void => {
    told.push(message);
  };
  diag.setLogger(
    { error: warn, warn, info: warn, debug() {}, verbose() {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer[0]).end(answer[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  diag.disable();
  server.closeAllConnections();
  server.close();
});

/** Flushes twice what two spans make, with three answers at least, and gives back what was said. */
async function hear(exporter: ReturnType<typeof intake>): Promise<string[]> {
  const tracing = register({ service: 'shop', exporter });
  for (let batches = 0; batches < 2; batches++) {
    withSpan('a', () => {});
    await tracing.forceFlush({ timeoutMillis: 300 });
  }
  // The rest is for nobody: it is let go at once.
  answer = [202, ''];
  await tracing.shutdown();
  return told;
}

test.each([
  [401, '{"error":"unauthorized"}', 'spans wait at ORIGIN/t: 401 is `token` right?'],
  [429, '{"error":"rate_limited"}', 'spans wait at ORIGIN/t: 429 {"error":"rate_limited"}'],
  [503, '{"error":"misconfigured"}', 'spans wait at ORIGIN/t: 503 {"error":"misconfigured"}'],
  [404, '', 'spans fail at ORIGIN/t: 404'],
  [200, 'ok', 'spans fail at ORIGIN/t: 200 the URL is no edgespan intake'],
])('%i %s is said once, without token and query', async (status, body, message) => {
  answer = [status, body];
  const said = await hear(intake({ url: `${origin}/t?key=hidden`, token: 'hidden' }));
  expect(said).toEqual([`edgespan: ${message.replace('ORIGIN', origin)}`]);
});

test('a receiver that nobody can reach is said once', async () => {
  server.close();
  const said: string[] = [];
  for (const exporter of [intake({ url: 'http://127.0.0.1:1/t' }), agent({ url: 'http://127.0.0.1:1' })]) {
    const tracing = register({ service: 'shop', exporter });
    for (let batches = 0; batches < 2; batches++) {
      withSpan('a', () => {});
      await tracing.forceFlush({ timeoutMillis: 300 });
    }
    said.push(...told.splice(0));
    void tracing.shutdown();
  }
  expect(said).toEqual([
    'edgespan: spans wait at http://127.0.0.1:1/t: no answer',
    'edgespan: spans wait at http://127.0.0.1:1: no answer',
  ]);
});

test('an Agent that refuses is said with its address and the beginning of its answer', async () => {
  answer = [400, 'x'.repeat(1000)];
  expect(await hear(agent({ url: origin }))).toEqual([`edgespan: spans fail at ${origin}: 400 ${'x'.repeat(200)}`]);
});
