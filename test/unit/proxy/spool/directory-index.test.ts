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

test('a disk that fails is an error of who adds', async () => {
  const index = await openIndex(await directory(), Date.now, { fs: { ...fs, open: () => Promise.reject(new Error('EIO')) } });
  await expect(index.add('a')).rejects.toThrow('EIO');
  expect(index.has('a')).toBe(false);
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
