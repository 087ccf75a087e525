import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { proxy } from '../../../src/cli/proxy.ts';
import { openSpoolDirectory } from '../../../src/proxy/spool/open-directory.ts';
import { keptShell } from './shells.ts';

test('starts where somebody may send, else names the variable', async () => {
  const shell = keptShell({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_AUTH: 'none', EDGESPAN_ALLOW_ORIGINS: 'https://shop.example' });
  const code = proxy({ host: '127.0.0.1', port: 0 }, shell);
  const intake = await shell.printed('intake ');
  expect(await (await fetch(intake)).json()).toMatchObject({ v: 1, receiver: 'edgespan-proxy' });
  shell.stop();
  expect(await code).toBe(0);
  const blank = keptShell({ ...shell.env, EDGESPAN_SPOOL_DIR: ' ' });
  const other = proxy({ host: '127.0.0.1', port: 0 }, blank);
  await blank.printed('intake ');
  blank.stop();
  expect([await other, await fs.stat(' ').catch(() => 'no directory of that name')]).toEqual([0, 'no directory of that name']);
  const closed = keptShell({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_ALLOW_ORIGINS: 'https://shop.example' });
  expect(await proxy({ host: '127.0.0.1', port: 0 }, closed)).toBe(2);
  expect(closed.errors.join()).toContain('or EDGESPAN_AUTH=none');
});

test('a directory that cannot be made or used is said with its variable', async () => {
  const shell = keptShell({
    EDGESPAN_UPSTREAM: 'console',
    EDGESPAN_AUTH: 'none',
    EDGESPAN_ALLOW_ORIGINS: 'https://shop.example',
    // A file stands where a directory must be.
    EDGESPAN_SPOOL_DIR: `${import.meta.filename}/spool`,
  });
  await expect(proxy({ host: '127.0.0.1', port: 0 }, shell)).rejects.toThrow(
    /EDGESPAN_SPOOL_DIR must be a directory that this user may write to \(make it, .*\/spool \(ENOTDIR\)$/,
  );
});

test('a proxy for servers alone starts by environment, at the path it was told, and says so', async () => {
  const shell = keptShell({ EDGESPAN_UPSTREAM: 'console', EDGESPAN_AUTH: 'none', EDGESPAN_ALLOW_SERVERS: 'true', EDGESPAN_PATH: '/spans' });
  const code = proxy({ host: '127.0.0.1', port: 0 }, shell);
  const intake = await shell.printed('intake ');
  expect(intake).toMatch(/\/spans$/);
  expect((await fetch(intake, { method: 'POST', body: 'x' })).status).toBe(400);
  shell.stop();
  expect(await code).toBe(0);
});

test('where the port is taken, the directory of the spool is let go', async () => {
  const directory = await fs.mkdtemp(join(tmpdir(), 'port-'));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const who = { EDGESPAN_UPSTREAM: 'console', EDGESPAN_AUTH: 'none', EDGESPAN_ALLOW_ORIGINS: 'https://shop.example' };
  const { port } = taken.address() as AddressInfo;
  await expect(proxy({ host: '127.0.0.1', port }, keptShell({ ...who, EDGESPAN_SPOOL_DIR: directory }))).rejects.toThrow(`${port}`);
  const { spool } = await openSpoolDirectory({ directory, fs, lockWaitMillis: 0 });
  await spool.close?.();
  taken.close();
  await fs.rm(directory, { recursive: true });
});
