import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseEnvelopeLine } from '../../../../src/export/envelope-parse.ts';
import { type DirectoryLock, lockDirectory } from '../../../../src/proxy/spool/directory-lock.ts';
import type { SpoolFileSystem } from '../../../../src/proxy/spool/file-system.ts';

let directory = '';
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await fs.mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(async () => {
  vi.useRealTimers();
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  await fs.rm(directory, { recursive: true });
});

function start(letter: string, lockWaitMillis = 20_000) {
  const file = fileURLToPath(import.meta.resolve('./spool-process.ts'));
  const args = [file, directory, letter.repeat(32), `${lockWaitMillis}`];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async (): Promise<string> => (await lines.next()).value as string,
    say: (line: string) => child.stdin.write(`${line}\n`),
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('a second process waits for the first to let go, and nothing is lost in a restart that overlaps', async () => {
  const first = start('a');
  expect(await first.next()).toBe('open');
  const second = start('b');
  first.say('put 50');
  expect(await first.next()).toBe('kept 50');
  let isSecondIn = false;
  const opened = second.next().then((line) => {
    isSecondIn = true;
    return line;
  });
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(isSecondIn).toBe(false);
  first.say('close');
  expect(await opened).toBe('open');
  second.say('put 50');
  expect(await second.next()).toBe('kept 50');
  second.say('close');
  const names = (await fs.readdir(join(directory, 'batches'))).sort();
  expect(names).toHaveLength(100);
  for (const name of names) {
    const { line } = parseEnvelopeLine(await fs.readFile(join(directory, 'batches', name)));
    expect(`${line?.client}.${line?.seq}.batch`).toBe(name);
  }
});

test('one that does not let go in time is a clear sentence', async () => {
  const first = start('a');
  expect(await first.next()).toBe('open');
  const second = start('b', 500);
  expect(await second.next()).toMatch(
    /^refused Cannot open the spool directory as \S+ must be used by one process at a time: (process \d+|another) holds it\. Stop/,
  );
});

test('the lock of a process that was killed is taken over at once', async () => {
  const first = start('a');
  expect(await first.next()).toBe('open');
  await first.kill();
  const startMillis = performance.now();
  const second = start('b');
  expect(await second.next()).toBe('open');
  // Where there is a /proc to ask; starting takes its time too.
  if (process.platform === 'linux') expect(performance.now() - startMillis).toBeLessThan(8_000);
});

/** As on a system without `/proc`, or in another container. */
const blind: SpoolFileSystem = {
  ...fs,
  readFile: (path) => (path.startsWith('/proc') ? Promise.reject(new Error('ENOENT')) : fs.readFile(path)),
};

/** Lets timers and the real disk run until something is done. */
async function runUntil<T>(work: Promise<T>, onStep: () => void = () => {}): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  for (let count = 0; count < 2_000 && !isDone; count++) {
    onStep();
    await vi.advanceTimersByTimeAsync(50);
    await new Promise((resolve) => setImmediate(resolve));
    await fs.stat(directory);
  }
  return work;
}

test('where processes cannot be seen, a lock that is touched holds, and one that is not is taken over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const first = await runUntil(lockDirectory(directory, blind, 0));
  await expect(runUntil(lockDirectory(directory, blind, 25_000))).rejects.toThrow('another holds it');
  expect(first.isHeld()).toBe(true);
  // The same process without a sign of life: its lock is there, nobody touches it.
  const text = await fs.readFile(join(directory, 'lock'), 'utf8');
  await first.release();
  await fs.writeFile(join(directory, 'lock'), text);
  const second = await runUntil(lockDirectory(directory, blind, 25_000));
  expect(second.isHeld()).toBe(true);
  await second.release();
  expect(await fs.readdir(directory)).toEqual([]);
});

test('one that slept and was taken over for dead knows it when it wakes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const first = await runUntil(lockDirectory(directory, blind, 0));
  await fs.writeFile(join(directory, 'lock'), 'of somebody else');
  await runUntil(new Promise<void>((resolve) => setTimeout(resolve, 5_000)));
  expect(first.isHeld()).toBe(false);
  await first.release();
  expect(await fs.readFile(join(directory, 'lock'), 'utf8')).toBe('of somebody else');
});

test.runIf(process.platform === 'linux')('of several that come upon a dead lock at once, one gets it', async () => {
  const first = start('a');
  expect(await first.next()).toBe('open');
  await first.kill();
  const text = await fs.readFile(join(directory, 'lock'), 'utf8');
  for (let round = 0; round < 5; round++) {
    await fs.writeFile(join(directory, 'lock'), text);
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => lockDirectory(directory, fs, 500)));
    const held = results.filter((one): one is PromiseFulfilledResult<DirectoryLock> => one.status === 'fulfilled');
    expect(held).toHaveLength(1);
    await held[0]!.value.release();
  }
});

test('a lock that somebody has cleared away is made anew, and keeps others out', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const losses: string[] = [];
  const first = await runUntil(lockDirectory(directory, blind, 0, () => losses.push('first')));
  const text = await fs.readFile(join(directory, 'lock'), 'utf8');
  await fs.unlink(join(directory, 'lock'));
  await runUntil(new Promise<void>((resolve) => setTimeout(resolve, 2_500)));
  expect([first.isHeld(), losses, await fs.readFile(join(directory, 'lock'), 'utf8')]).toEqual([true, [], text]);
  await expect(runUntil(lockDirectory(directory, blind, 3_000))).rejects.toThrow('another holds it');
  await first.release();
  await runUntil(new Promise<void>((resolve) => setTimeout(resolve, 5_000)));
  expect(await fs.readdir(directory)).toEqual([]);
});

test('one that was taken over says so once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let lossCount = 0;
  const first = await runUntil(lockDirectory(directory, blind, 0, () => lossCount++));
  await fs.writeFile(join(directory, 'lock'), 'of somebody else');
  await runUntil(new Promise<void>((resolve) => setTimeout(resolve, 9_000)));
  expect([first.isHeld(), lossCount]).toEqual([false, 1]);
  await first.release();
  expect(lossCount).toBe(1);
});

test('one that has slept looks at its lock before it says that it holds it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const first = await runUntil(lockDirectory(directory, blind, 0));
  expect(await first.confirm()).toBe(true);
  await fs.writeFile(join(directory, 'lock'), 'of somebody else');
  // No timer runs while it sleeps.
  vi.setSystemTime(Date.now() + 15_000);
  expect([first.isHeld(), await first.confirm(), first.isHeld()]).toEqual([true, false, false]);
  await first.release();
});

test('a lock that a full disk has no room for is not taken for another’s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let isFull = false;
  const full: SpoolFileSystem = {
    ...blind,
    async open(path, flags) {
      const file = await fs.open(path, flags);
      return isFull ? Object.assign(file, { appendFile: async () => Promise.reject(new Error('ENOSPC')) }) : file;
    },
  };
  const first = await runUntil(lockDirectory(directory, full, 0));
  isFull = true;
  await fs.unlink(join(directory, 'lock'));
  await runUntil(new Promise<void>((resolve) => setTimeout(resolve, 5_000)));
  expect([first.isHeld(), await fs.readdir(directory)]).toEqual([true, []]);
  isFull = false;
  await runUntil(new Promise<void>((resolve) => setTimeout(resolve, 2_500)));
  expect([first.isHeld(), await fs.readdir(directory)]).toEqual([true, ['lock']]);
  await first.release();
});
