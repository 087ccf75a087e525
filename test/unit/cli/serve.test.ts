import { expect, test } from 'vitest';
import { serve } from '../../../src/cli/serve.ts';

test('waits for a request that runs, takes no new one, and does not wait for ever', async () => {
  let finish = (): void => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const serving = await serve(
    async ({ url }) => {
      if (url.endsWith('/slow')) await gate;
      return new Response('done');
    },
    '127.0.0.1',
    0,
  );
  const slow = fetch(`${serving.address}/slow`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = serving.close(5_000);
  await expect(fetch(serving.address)).rejects.toThrow();
  finish();
  expect(await (await slow).text()).toBe('done');
  await closed;

  const stuck = await serve(() => new Promise(() => {}), '127.0.0.1', 0);
  const answer = fetch(stuck.address).catch(() => 'cut off');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await stuck.close(20);
  expect(await answer).toBe('cut off');
});

test('an address that is not this machine’s is said', async () => {
  await expect(serve(() => new Response(), '192.0.2.1', 0)).rejects.toThrow('192.0.2.1 is no address of this machine');
});
