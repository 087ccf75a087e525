import { expect, test } from 'vitest';
import { askReceiver } from '../../../src/cli/ask-receiver.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { consoleUpstream } from '../../../src/proxy/upstream/console.ts';
import { createTraceViewer } from '../../../src/viewer/handler.ts';

const ask = (answer: (request: Request) => Response | Promise<Response>, url = 'http://127.0.0.1:4319/t') =>
  askReceiver({ url, shown: url }, async (input, init) => answer(new Request(input, init)));

test('our receivers say what they are', async () => {
  expect(await ask(createTraceViewer().fetch)).toEqual({ ok: true, text: 'receiver: edgespan-viewer at http://127.0.0.1:4319/t' });
  const options = { upstream: consoleUpstream(), log: () => {} };
  const open = createIntakeProxy({ ...options, allowOrigins: ['https://shop.example'], auth: 'none' });
  expect((await ask((request) => open.fetch(request))).text).toContain(
    'edgespan-proxy at http://127.0.0.1:4319/t, requests up to 131072 bytes',
  );
  const closed = createIntakeProxy(options);
  expect(await ask((request) => closed.fetch(request))).toMatchObject({ ok: false, text: expect.stringContaining('closed') });
});

test('what else may stand there is told apart', async () => {
  const agent = (request: Request) =>
    request.url.endsWith('/info') ? Response.json({ endpoints: [] }) : new Response('404 page not found', { status: 404 });
  expect(await ask(agent)).toMatchObject({ ok: false, text: expect.stringContaining('an Agent') });
  const page = () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } });
  expect(await ask(page)).toMatchObject({ ok: false, text: expect.stringContaining('a web page') });
  expect(await ask(() => Response.json([]))).toMatchObject({ ok: false, text: expect.stringContaining('something else') });
  expect(
    await ask(() => {
      throw new TypeError('refused');
    }),
  ).toMatchObject({ ok: false, text: expect.stringContaining('nothing answers') });
});
