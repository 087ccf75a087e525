import { expect, test } from 'vitest';
import { dev } from '../../../src/cli/dev.ts';
import { keptShell } from './shells.ts';

test('listening on every address, it prints one that a browser can open', async () => {
  const shell = keptShell();
  const code = dev({ host: '0.0.0.0', port: 0 }, () => [], shell);
  const page = await shell.printed('viewer ');
  expect(page).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect((await fetch(page)).status).toBe(200);
  shell.stop();
  expect(await code).toBe(0);
});
