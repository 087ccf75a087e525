import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openDirectoryIndex } from '../../../../src/proxy/spool/directory-index.ts';

const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await fs.rm(directory, { recursive: true });
});
async function directory(): Promise<string> {
  const path = await fs.mkdtemp(join(tmpdir(), 'index-'));
  directories.push(path);
  return path;
}
const hour = 3_600_000;
const openIndex = (path: string, now: () => number, over: object = {}) =>
  openDirectoryIndex({ directory: path, fs, now, maxBytes: 1_000_000, onForget: () => {}, ...over });

test('keys come back after a restart, many written together, for 25 hours', async () => {
  const path = await directory();
  const clock = { millis: 1_000 * hour };
  const index = await openIndex(path, () => clock.millis);
  await Promise.all(Array.from({ length: 500 }, (_, key) => index.add(`a.${key}`)));
  clock.millis += hour;
  await index.add('b.1');
  await index.close();
  const reopen = async (): Promise<[boolean, boolean]> => {
    const again = await openIndex(path, () => clock.millis);
    const found: [boolean, boolean] = [again.has('a.499'), again.has('b.1')];
    await again.close();
    return found;
  };
  expect(await reopen()).toEqual([true, true]);
  clock.millis += 25 * hour;
  expect(await reopen()).toEqual([false, true]);
  expect(await fs.readdir(path)).toHaveLength(1);
});

test('a line that a kill cut off is no key, and the next one is whole', async () => {
  const path = await directory();
  const now = (): number => 1_000 * hour;
  await fs.writeFile(join(path, '00001000.index'), 'whole\ncut');
  const index = await openIndex(path, now);
  expect([index.has('whole'), index.has('cut')]).toEqual([true, false]);
  await index.add('next');
  await index.close();
  const again = await openIndex(path, now);
  expect(again.has('next')).toBe(true);
  await again.close();
});

test('the half of a key that a kill left is no key for the process after next either', async () => {
  const path = await directory();
  const now = (): number => 1_000 * hour;
  await fs.writeFile(join(path, '00001000.index'), '>a.1');
  const index = await openIndex(path, now);
  await index.add('next');
  await index.close();
  const again = await openIndex(path, now);
  expect([again.has('>a.1'), again.has('next')]).toEqual([false, true]);
  await again.close();
});

test('a disk that fails is an error of who adds, and this process knows the key all the same', async () => {
  const index = await openIndex(await directory(), Date.now, { fs: { ...fs, open: () => Promise.reject(new Error('EIO')) } });
  await expect(index.add('a')).rejects.toThrow('EIO');
  expect(index.has('a')).toBe(true);
});

/** A disk that is full while it is told so: of what is appended it takes five characters. */
function fullDisk() {
  const state = { isFull: false, openCount: 0 };
  const open: typeof fs.open = async (...given) => {
    const handle = await fs.open(...given);
    const { appendFile, close } = handle;
    state.openCount++;
    return Object.assign(handle, {
      async appendFile(text: string) {
        await appendFile.call(handle, state.isFull ? text.slice(0, 5) : text);
        if (state.isFull) throw new Error('ENOSPC');
      },
      async close() {
        state.openCount--;
        await close.call(handle);
      },
    });
  };
  return { state, fs: { ...fs, open } };
}

test('a disk that is full costs no file handle, however often it is tried', async () => {
  const disk = fullDisk();
  const index = await openIndex(await directory(), Date.now, { fs: disk.fs });
  disk.state.isFull = true;
  for (let key = 0; key < 20; key++) await expect(index.add(`a.${key}`)).rejects.toThrow('ENOSPC');
  expect(disk.state.openCount).toBe(0);
  await index.close();
});

test('closing never rejects, as the lock is let go afterwards', async () => {
  const open: typeof fs.open = async (...given) => {
    const handle = await fs.open(...given);
    const { close } = handle;
    return Object.assign(handle, { close: () => close.call(handle).then(() => Promise.reject(new Error('EIO'))) });
  };
  const index = await openIndex(await directory(), Date.now, { fs: { ...fs, open } });
  await index.add('a');
  await expect(index.close()).resolves.toBeUndefined();
});

test('the half of a line that a full disk took does not swallow the next key', async () => {
  const path = await directory();
  const disk = fullDisk();
  const index = await openIndex(path, Date.now, { fs: disk.fs });
  await index.add('client.1');
  disk.state.isFull = true;
  await expect(index.add('client.2')).rejects.toThrow('ENOSPC');
  disk.state.isFull = false;
  await index.add('client.3');
  await index.close();
  const again = await openIndex(path, Date.now);
  expect([again.has('client.1'), again.has('client.2'), again.has('client.3')]).toEqual([true, false, true]);
  await again.close();
});

test('once closed it opens no file any more', async () => {
  const path = await directory();
  const index = await openIndex(path, Date.now);
  await Promise.all([index.add('a'), index.close()]);
  await fs.rm(path, { recursive: true });
  await fs.mkdir(path);
  await expect(index.add('b')).rejects.toThrow('closed');
  expect(await fs.readdir(path)).toEqual([]);
});

test('beyond its memory the oldest keys are forgotten, also when they are read, and that is said', async () => {
  const path = await directory();
  const clock = { millis: 1_000 * hour };
  const forgotten: number[] = [];
  const over = { maxBytes: 40_000, onForget: (count: number) => forgotten.push(count) };
  const index = await openIndex(path, () => clock.millis, over);
  for (let part = 0; part < 5; part++) {
    await Promise.all(Array.from({ length: 1_000 }, (_, key) => index.add(`${part}.${key}`)));
    clock.millis += hour;
  }
  expect([index.has('0.1'), index.has('4.999')]).toEqual([false, true]);
  expect(forgotten.reduce((sum, count) => sum + count)).toBeGreaterThan(500);
  await index.close();
  forgotten.length = 0;
  const again = await openIndex(path, () => clock.millis, over);
  expect([again.has('0.1'), again.has('4.999')]).toEqual([false, true]);
  expect(forgotten.length).toBeGreaterThan(0);
  await again.close();
});
