// The application's `token()` runs inside the export: what it does may not make spans, which would have to be exported in turn.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { intake, register, withSpan } from 'edgespan/node';
import { expect, test } from 'vitest';

test('what `token()` does is not traced, before and after its first await', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let spans = 0;
  let renewals = 0;
  const tracing = register({
    service: 'shop',
    spanProcessors: [{ onEnd: () => spans++ }],
    exporter: intake({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/t`,
      // Unusable, so it is asked for at each batch.
      async token() {
        renewals++;
        await withSpan('ask', () => Promise.resolve());
        trace.getTracer('shop').startSpan('late').end();
        return '';
      },
    }),
  });
  await withSpan('the only one', () => {});
  await tracing.forceFlush();
  await tracing.shutdown();
  server.close();
  expect(renewals).toBeGreaterThan(0);
  expect(spans).toBe(1);
});
