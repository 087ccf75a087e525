import { DiagLogLevel, diag } from '@opentelemetry/api';
import { instrument, intake } from 'edgespan/workers';
import { expect, test } from 'vitest';

test('trouble of the receiver is said once, not for each request of a Worker', async () => {
  const told: string[] = [];
  const warn = (message: string): void => {
    told.push(message);
  };
  diag.setLogger({ error: warn, warn, info: warn, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  let status = 503;
  let posts = 0;
  const binding = {
    async fetch() {
      posts++;
      return new Response(null, { status });
    },
  };
  const pending: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => pending.push(promise) };
  const handler = { fetch: (_request: Request, _env: object, _context: object) => new Response('ok') };
  const worker = instrument(handler, () => ({ service: 'api', exporter: intake({ binding }) }));
  const env = {};
  for (let requests = 1; requests <= 3; requests++) {
    await worker.fetch(new Request('http://worker.test/'), env, context);
    await expect.poll(() => posts).toBeGreaterThanOrEqual(requests);
  }
  status = 202;
  await Promise.all(pending);
  diag.disable();
  expect(told).toEqual(['edgespan: spans wait at service binding: 503']);
});
