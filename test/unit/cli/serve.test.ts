import { Agent, type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { serve } from '../../../src/cli/serve.ts';

test('waits for a request that runs, takes no new one, and does not wait for ever', async () => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const serving = await serve(
    async ({ url }) => {
      begun.resolve();
      if (url.endsWith('/slow')) await gate.promise;
      return new Response('done');
    },
    '127.0.0.1',
    0,
  );
  const slow = fetch(`${serving.address}/slow`);
  await begun.promise;
  const closed = serving.close(60_000);
  await expect(fetch(serving.address)).rejects.toThrow();
  gate.resolve();
  expect(await (await slow).text()).toBe('done');
  await closed;

  const isStuck = Promise.withResolvers<void>();
  const stuck = await serve(
    () => {
      isStuck.resolve();
      return new Promise(() => {});
    },
    '127.0.0.1',
    0,
  );
  const answer = fetch(stuck.address).catch(() => 'cut off');
  await isStuck.promise;
  await stuck.close(20);
  expect(await answer).toBe('cut off');
});

test('while it closes every answer ends its connection, also one that a busy client keeps alive', async () => {
  const finish: (() => void)[] = [];
  const serving = await serve(
    async ({ url }) => {
      if (url.endsWith('/early')) return new Response(new ReadableStream({ start: (to) => void finish.push(() => to.close()) }));
      await new Promise<void>((resolve) => void finish.push(resolve));
      return new Response('done');
    },
    '127.0.0.1',
    0,
  );
  const agents = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: true, maxSockets: 1 })];
  const ask = (agent: Agent | undefined, path: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request(`${serving.address}${path}`, { agent: agent! }, resolve).once('error', reject).end();
    });
  // One runs, one has sent its head already.
  const slow = ask(agents[0], '/slow');
  const early = await ask(agents[1], '/early');
  early.resume();
  while (finish.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const startMillis = performance.now();
  const closed = serving.close(60_000);
  for (const run of finish) run();
  expect((await slow).headers.connection).toBe('close');
  (await slow).resume();
  await closed;
  // Long before it gives up waiting.
  expect(performance.now() - startMillis).toBeLessThan(15_000);
  await expect(ask(agents[0], '/slow')).rejects.toThrow('ECONNREFUSED');
  for (const agent of agents) agent.destroy();
});

test('an address that is not this machine’s is said', async () => {
  await expect(serve(() => new Response(), '192.0.2.1', 0)).rejects.toThrow('192.0.2.1 is no address of this machine');
});
