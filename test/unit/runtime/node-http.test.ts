import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { type FetchHandler, toNodeHandler } from '../../../src/runtime/node-http.ts';

async function withServer(handler: FetchHandler, run: (url: string, port: number) => Promise<void>, env?: unknown): Promise<void> {
  const server = createServer(toNodeHandler(handler, env));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await run(`http://127.0.0.1:${port}`, port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('method, URL, headers, body and env arrive; status, headers and body go back', async () => {
  const handler: FetchHandler = async (request, env) =>
    new Response(JSON.stringify([request.method, request.url, request.headers.get('x-a'), await request.text(), env]), {
      status: 201,
      headers: [
        ['x-b', '2'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    });
  await withServer(
    handler,
    async (url) => {
      const answer = await fetch(`${url}/path?q=1`, { method: 'PUT', headers: { 'X-A': '1' }, body: 'hello' });
      expect([answer.status, answer.headers.get('x-b'), answer.headers.getSetCookie()]).toEqual([201, '2', ['a=1', 'b=2']]);
      expect(await answer.json()).toEqual(['PUT', `${url}/path?q=1`, '1', 'hello', { a: 1 }]);
    },
    { a: 1 },
  );
});

test('a large body arrives whole', async () => {
  const body = new Uint8Array(5_000_000).map((_, index) => index & 0xff);
  await withServer(
    async (request) => new Response(await request.arrayBuffer()),
    async (url) => {
      const back = new Uint8Array(await (await fetch(url, { method: 'POST', body })).arrayBuffer());
      expect(Buffer.compare(back, body)).toBe(0);
    },
  );
});

test('an answer before the body was read reaches the sender, and the connection ends', async () => {
  await withServer(
    () => new Response('no', { status: 413 }),
    async (url) => {
      const answer = await fetch(url, { method: 'POST', body: new Uint8Array(3_000_000) });
      expect([answer.status, await answer.text(), answer.headers.get('connection')]).toEqual([413, 'no', 'close']);
    },
  );
});

test('streams as it comes, and stops when the reader is gone', async () => {
  let cancelled = (): void => {};
  const gone = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  const handler: FetchHandler = () => {
    let count = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          controller.enqueue(new TextEncoder().encode(`${count++}\n`));
        },
        cancel: () => cancelled(),
      }),
    );
  };
  await withServer(handler, async (url) => {
    await new Promise<void>((resolve) => {
      const sent = httpRequest(url, (incoming) =>
        incoming.once('data', (part: Buffer) => {
          expect(part.toString()).toBe('0\n');
          sent.destroy();
          resolve();
        }),
      ).end();
    });
    await gone;
  });
});

test('the signal aborts when the sender goes away, whose half body is an error for the handler', async () => {
  let seen = (_: unknown): void => {};
  const outcome = new Promise((resolve) => {
    seen = resolve;
  });
  const handler: FetchHandler = async (request) => {
    await request.text().catch((error: unknown) => seen([error instanceof Error, request.signal.aborted]));
    return new Response();
  };
  await withServer(handler, async (_, port) => {
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', () => setTimeout(() => socket.destroy(), 20));
    expect(await outcome).toEqual([true, true]);
  });
});

test('what is no request is 400, a handler that throws is 500', async () => {
  const raw = (port: number, text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.once('data', (part) => {
        resolve(part.toString().split('\r\n')[0]!);
        socket.destroy();
      });
    });
  await withServer(
    () => {
      throw new Error('broken');
    },
    async (url, port) => {
      expect((await fetch(url)).status).toBe(500);
      expect(await raw(port, 'GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n')).toContain('400');
      expect(await raw(port, 'GET / HTTP/1.1\r\nHost: a b/c@d\r\n\r\n')).toContain('400');
      expect(await raw(port, 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n')).toContain('400');
    },
  );
});

test('what is no request, and a handler that throws, is answered without a word, not to be taken for the answer to another origin', async () => {
  const handler: FetchHandler = () => {
    throw new Error('secret');
  };
  await withServer(handler, async (url, port) => {
    const thrown = await fetch(url);
    expect([thrown.status, thrown.headers.get('vary'), await thrown.text()]).toEqual([500, 'Origin', '']);
    const text = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.end('GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('close', () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*vary: Origin\r\n/i);
  });
});
