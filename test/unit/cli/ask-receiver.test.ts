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

test('behind the root of an origin, where no intake is, one is looked for at /t', async () => {
  const viewer = createTraceViewer();
  const root = 'http://127.0.0.1:4319/';
  expect(await ask(viewer.fetch, root)).toEqual({
    ok: true,
    text: 'receiver: edgespan-viewer at http://127.0.0.1:4319/t',
    below: { url: `${root}t`, shown: `${root}t` },
  });
  expect(await ask(viewer.fetch, `${root}elsewhere`)).toMatchObject({ ok: false });
  const agent = (request: Request) =>
    request.url.endsWith('/info') ? Response.json({ endpoints: [] }) : new Response('404 page not found', { status: 404 });
  expect(await ask(agent, root)).toEqual({
    ok: false,
    text: expect.stringContaining('an Agent'),
    fix: expect.stringContaining('agent({ url })'),
  });
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

test('what a receiver says is shown without anything that a terminal acts on; another version of envelopes is not OK', async () => {
  const says = (answer: object) => ask(() => Response.json(answer));
  expect(await says({ receiver: '\u001b[31mevil\nOK      fine', v: 1, maxRequestBytes: '\n' })).toEqual({
    ok: true,
    text: 'receiver: ?[31mevil?OK      fine at http://127.0.0.1:4319/t',
  });
  expect(await says({ receiver: 'edgespan-proxy', v: 2 })).toMatchObject({
    ok: false,
    text: expect.stringContaining('another version than 1'),
  });
});

test('a body without an end is not read to it', async () => {
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(65)),
    cancel: () => {
      isCancelled = true;
    },
  });
  expect(await ask(() => new Response(endless))).toMatchObject({ ok: false });
  expect(isCancelled).toBe(true);
});
