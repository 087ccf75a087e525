import { expect, test } from 'vitest';
import { askOrigin } from '../../../src/cli/ask-origin.ts';
import { createIntakeProxy } from '../../../src/proxy/handler.ts';
import { consoleUpstream } from '../../../src/proxy/upstream/console.ts';

const receiver = { url: 'http://127.0.0.1:4320/t?secret', shown: 'http://127.0.0.1:4320/t' };
const ask = (origin: string, answer: (request: Request) => Response | Promise<Response>) =>
  askOrigin(receiver, origin, async (input, init) => answer(new Request(input, init)));
const proxy = createIntakeProxy({ upstream: consoleUpstream(), allowOrigins: ['https://shop.example'], auth: 'none', log: () => {} });

test('a proxy lets pages of its origins read, and no others', async () => {
  const asked: string[] = [];
  const good = await ask('https://shop.example', (request) => {
    asked.push(request.method);
    return proxy.fetch(request);
  });
  expect(good).toEqual({ ok: true, text: 'pages: those of https://shop.example can read answers of http://127.0.0.1:4320/t' });
  expect(asked).toEqual(['OPTIONS', 'POST']);
  expect(await ask('https://evil.example', (request) => proxy.fetch(request))).toEqual({
    ok: false,
    text: 'pages: those of https://evil.example cannot read answers of http://127.0.0.1:4320/t (Access-Control-Allow-Origin: preflight none, POST none)',
    fix: expect.stringContaining('EDGESPAN_ALLOW_ORIGINS=https://evil.example'),
  });
});

test('what lets a preflight through and then says nothing, another origin, nobody there: not readable, and no origin is said to be none', async () => {
  const half = (request: Request) =>
    new Response(null, { headers: request.method === 'OPTIONS' ? { 'Access-Control-Allow-Origin': '*' } : {} });
  expect((await ask('https://shop.example', half)).text).toContain('preflight *, POST none');
  const other = () => new Response(null, { headers: { 'Access-Control-Allow-Origin': 'https://other.example' } });
  expect(await ask('https://shop.example', other)).toMatchObject({ ok: false });
  const nobody = () => {
    throw new TypeError('refused');
  };
  expect((await ask('https://shop.example', nobody)).text).toContain('preflight no answer, POST no answer');
  for (const wrong of ['https://shop.example/', 'shop.example', 'null', 'https://u:p@shop.example']) {
    expect(await ask(wrong, nobody)).toMatchObject({ ok: false, text: 'pages: --origin is no origin' });
  }
});
