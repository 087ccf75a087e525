import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openSpoolDirectory } from '../../../../src/proxy/spool/open-directory.ts';
import type { SpoolReport } from '../../../../src/proxy/spool/spool.ts';
import type { IntakeBatch, Outcome } from '../../../../src/proxy/upstream/upstream.ts';
import { batch, fullBatch } from '../upstream/served.ts';

const ok: Outcome = { status: 'ok' };
const reportTo = (counted: unknown[]): SpoolReport => ({
  dropped: (...told) => counted.push(told),
  forgotten: (count) => counted.push(count),
  lost: () => counted.push('lost'),
  failed: (code) => counted.push(code),
});
const noRoom = (): Error => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
const directories: string[] = [];
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  for (const directory of directories.splice(0)) await fs.rm(directory, { recursive: true });
});

async function directory(): Promise<string> {
  const path = await fs.mkdtemp(join(tmpdir(), 'spool-'));
  directories.push(path);
  return path;
}

async function open(path: string, over: Partial<Parameters<typeof openSpoolDirectory>[0]> = {}) {
  const opened = await openSpoolDirectory({ directory: path, fs, ...over });
  closing.push(() => opened.spool.close!());
  return opened;
}

const until = async (isTrue: () => boolean): Promise<void> => {
  for (let count = 0; count < 1_500 && !isTrue(); count++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isTrue()).toBe(true);
};

test('what is kept outlives the process, is handed on and goes', async () => {
  const path = await directory();
  const first = await open(path);
  const full = fullBatch();
  expect(await first.spool.put(full)).toBe(true);
  await first.spool.close!();
  const second = await open(path);
  expect(second.spool.size!()).toMatchObject({ batches: 1 });
  const got: IntakeBatch[] = [];
  second.spool.start!(async (one) => {
    got.push(one);
    return ok;
  });
  await until(() => second.spool.size!().batches === 0);
  expect(got.map((one) => one.chunks)).toEqual([full.chunks]);
  expect(second.spool.size!()).toEqual({ batches: 0, bytes: 0 });
  expect(await fs.readdir(join(path, 'batches'))).toEqual([]);
});

test('a batch is kept once, and not again after it was handed on, also by the next process', async () => {
  const path = await directory();
  const { spool, dedupe } = await open(path);
  expect([await spool.put(batch()), await spool.put(batch({ attempt: 2 }))]).toEqual([true, true]);
  expect(spool.size!().batches).toBe(1);
  let count = 0;
  spool.start!(async () => {
    count++;
    return ok;
  });
  await until(() => spool.size!().batches === 0);
  expect(await spool.put(batch({ attempt: 3 }))).toBe(true);
  expect(spool.size!().batches).toBe(0);
  const run = async (): Promise<Outcome> => expect.unreachable('run again') as never;
  const key = `${batch().line.client}.${batch().line.seq}`;
  expect(await dedupe.once(key, run)).toEqual(ok);
  await spool.close!();
  expect(await (await open(path)).dedupe.once(key, run)).toEqual(ok);
  expect(count).toBe(1);
});

test('a batch that is kept counts as taken, though a kill came before that was written down', async () => {
  const path = await directory();
  const first = await open(path);
  await first.spool.put(batch());
  await first.spool.close!();
  const second = await open(path);
  const key = `${batch().line.client}.${batch().line.seq}`;
  expect(await second.dedupe.once(key, async () => expect.unreachable('handed on a second way') as never)).toEqual(ok);
});

test('what fails is tried again, what no upstream takes is counted and gone', async () => {
  const rejected: [number, string][] = [];
  const { spool } = await open(await directory(), { onReject: (spans, code) => rejected.push([spans, code]) });
  const outcomes: Outcome[] = [{ status: 'retry', code: 'down' }, { status: 'rejected', code: 'upstream_400' }, ok];
  const counted: unknown[] = [];
  await spool.put(batch({ seq: 1 }));
  await spool.put(batch({ seq: 2 }));
  const seen: number[] = [];
  spool.start!(async ({ line }) => {
    seen.push(line.seq);
    return outcomes.shift()!;
  }, reportTo(counted));
  await until(() => spool.size!().batches === 0);
  expect(counted).toEqual([[1, 'spool_rejected', 'upstream_400']]);
  expect(seen).toHaveLength(3);
  expect(rejected).toEqual([[1, 'upstream_400']]);
});

test('one that fails by itself holds up no other, and comes again after its own pause', async () => {
  const { spool } = await open(await directory());
  for (let seq = 1; seq <= 20; seq++) await spool.put(batch({ seq }));
  const triesMillis: number[] = [];
  spool.start!(async ({ line }) => {
    if (line.seq > 3 || triesMillis.length >= 6) return ok;
    triesMillis.push(performance.now());
    return { status: 'retry', code: 'upstream_500', afterMillis: 2_000, isOwnFault: true };
  });
  await until(() => spool.size!().batches === 3);
  expect(triesMillis, 'the others did not wait').toHaveLength(3);
  await until(() => spool.size!().batches === 0);
  expect(triesMillis).toHaveLength(6);
  expect(triesMillis[3]! - triesMillis[0]!).toBeGreaterThan(1_990);
});

test('a batch that waits for its own pause keeps no process from its end', async () => {
  const { spool } = await open(await directory());
  await spool.put(batch());
  let tries = 0;
  spool.start!(async () => {
    tries++;
    return { status: 'retry', code: 'upstream_500', afterMillis: 3_600_000, isOwnFault: true };
  });
  await until(() => tries === 1);
  await spool.close!();
  expect(spool.size!().batches).toBe(1);
});

test('of a batch that is given up, what was taken is not lost', async () => {
  const { spool } = await open(await directory());
  await spool.put(fullBatch());
  const counted: unknown[] = [];
  spool.start!(async () => ({ status: 'rejected', code: 'upstream_500', takenSpans: 1 }), reportTo(counted));
  await until(() => spool.size!().batches === 0);
  expect(counted).toEqual([[0, 'spool_rejected', 'upstream_500']]);
});

test('no more than it may hold', async () => {
  const { spool } = await open(await directory(), { maxBytes: 1_300 });
  const results: boolean[] = [];
  for (let seq = 0; seq < 4; seq++) results.push(await spool.put(batch({ seq })));
  expect(results).toEqual([true, true, false, false]);
  expect(spool.size!().bytes).toBeLessThanOrEqual(1_300);
});

test('halves that a kill left are cleared away, a damaged batch does not stop the rest', async () => {
  const path = await directory();
  const { spool } = await open(path);
  await spool.put(batch({ seq: 1 }));
  await spool.put(batch({ seq: 2 }));
  await spool.put(batch({ seq: 3 }));
  await spool.close!();
  await fs.writeFile(join(path, 'batches/9.part'), 'half');
  await fs.utimes(join(path, 'batches/9.part'), new Date(0), new Date(0));
  await fs.truncate(join(path, `batches/${batch().line.client}.1.batch`), 100);
  const third = join(path, `batches/${batch().line.client}.3.batch`);
  await fs.truncate(third, (await fs.stat(third)).size - 9);
  const rejected: [number, string][] = [];
  const again = await open(path, { onReject: (spans, code) => rejected.push([spans, code]) });
  const got: number[] = [];
  again.spool.start!(async ({ line }) => {
    got.push(line.seq);
    return ok;
  });
  await until(() => again.spool.size!().batches === 0);
  expect(got).toEqual([2]);
  // Several files at once: in any order.
  expect(rejected.toSorted(([one], [other]) => one - other)).toEqual([
    [0, 'unreadable'],
    [1, 'unreadable'],
  ]);
  expect(await fs.readdir(join(path, 'batches'))).toEqual([]);
});

test('a disk that fails keeps nothing and says so, until it keeps something again', async () => {
  let isFull = true;
  const failing = {
    ...fs,
    writeFile: async (...to: Parameters<typeof fs.writeFile>) => (isFull ? Promise.reject(noRoom()) : fs.writeFile(...to)),
  };
  const { spool } = await open(await directory(), { fs: failing as typeof fs });
  const counted: unknown[] = [];
  expect([await spool.put(batch(), reportTo(counted)), spool.isDown!(), counted]).toEqual([false, true, ['ENOSPC']]);
  expect(spool.size!()).toEqual({ batches: 0, bytes: 0 });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  expect(spool.isDown!(), 'whether the next write would fail is not known').toBe(false);
  vi.useRealTimers();
  expect(spool.isDown!()).toBe(true);
  isFull = false;
  expect([await spool.put(batch(), reportTo(counted)), spool.isDown!()]).toEqual([true, false]);
});

test('a spool that is full says so until something of it is handed on', async () => {
  const path = await directory();
  const { spool } = await open(path, { maxBytes: 700 });
  const counted: unknown[] = [];
  expect([await spool.put(batch({ seq: 1 }), reportTo(counted)), spool.isDown!()]).toEqual([true, false]);
  expect([await spool.put(batch({ seq: 2 }), reportTo(counted)), spool.isDown!(), counted]).toEqual([false, true, ['full']]);
  spool.start!(async () => ok);
  await until(() => spool.size!().batches === 0);
  expect([spool.isDown!(), await spool.put(batch({ seq: 2 }))]).toEqual([false, true]);
});

test('what does not fit a record is counted when the rest is kept, and not where nothing is', async () => {
  const { spool } = await open(await directory(), { maxBytes: 3_000 });
  const [span] = batch().chunks[0]!;
  const large = { ...span!, meta: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}`, 'x'.repeat(20_000)])) };
  const counted: unknown[] = [];
  expect(await spool.put({ ...batch(), chunks: [[span!, large]] }, reportTo(counted))).toBe(true);
  expect(await spool.put({ ...batch({ seq: 2 }), chunks: [[large]] }, reportTo(counted))).toBe(true);
  expect(counted).toEqual([
    [1, 'spool_oversize'],
    [1, 'spool_oversize'],
  ]);
  expect(spool.size!().batches).toBe(1);
});

test('a few are handed on at once, one while that fails', async () => {
  const { spool } = await open(await directory());
  for (let seq = 0; seq < 12; seq++) await spool.put(batch({ seq }));
  let isUp = false;
  let atOnce = 0;
  const most = { down: 0, up: 0 };
  let tries = 0;
  spool.start!(async () => {
    const key = isUp ? 'up' : 'down';
    most[key] = Math.max(most[key], ++atOnce);
    if (!isUp) tries++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    atOnce--;
    return isUp ? ok : { status: 'retry', code: 'down' };
  });
  await until(() => tries > 5);
  expect(tries).toBeLessThan(8);
  isUp = true;
  await until(() => spool.size!().batches === 0);
  expect(most).toEqual({ down: 4, up: 4 });
});

test('a file that somebody removed does not stop the rest', async () => {
  const path = await directory();
  const { spool } = await open(path);
  await spool.put(batch({ seq: 1 }));
  await spool.put(batch({ seq: 2 }));
  await fs.unlink(join(path, `batches/${batch().line.client}.1.batch`));
  const got: number[] = [];
  spool.start!(async ({ line }) => {
    got.push(line.seq);
    return ok;
  });
  await until(() => spool.size!().batches === 0);
  expect(got).toEqual([2]);
  expect(spool.size!().bytes).toBe(0);
});

/** A disk of which the index's part is full, and perhaps nothing can be removed. */
function indexFull(over: Partial<typeof fs> = {}) {
  const open: typeof fs.open = async (path, ...rest) => {
    if (`${path}`.endsWith('.index')) throw noRoom();
    return fs.open(path, ...rest);
  };
  return { ...fs, open, ...over };
}

test('what was taken or rejected goes though the index cannot say so: room is made, nothing is handed on twice', async () => {
  const path = await directory();
  const { spool } = await open(path, { fs: indexFull() });
  await spool.put(batch({ seq: 1 }));
  await spool.put(batch({ seq: 2 }));
  const counted: unknown[] = [];
  const seen: number[] = [];
  spool.start!(async ({ line }) => {
    seen.push(line.seq);
    return line.seq === 1 ? ok : { status: 'rejected', code: 'upstream_400' };
  }, reportTo(counted));
  await until(() => spool.size!().batches === 0);
  expect(seen.sort()).toEqual([1, 2]);
  expect(counted).toHaveLength(3);
  expect(counted).toEqual(expect.arrayContaining(['ENOSPC', 'ENOSPC', [1, 'spool_rejected', 'upstream_400']]));
  expect([spool.size!().bytes, await fs.readdir(join(path, 'batches'))]).toEqual([0, []]);
});

test('a record that cannot be written is said for as long as a batch that could not, whatever else goes well', async () => {
  let isFull = true;
  const disk = indexFull();
  const open_: typeof fs.open = (...given) => (isFull ? disk.open(...given) : fs.open(...given));
  const { spool, dedupe } = await open(await directory(), { fs: { ...disk, open: open_ } as typeof fs });
  const counted: unknown[] = [];
  spool.start!(async () => ok, reportTo(counted));
  expect(await dedupe.once('a.1', async () => ok), 'it is safe').toEqual(ok);
  expect([spool.isDown!(), counted]).toEqual([true, ['ENOSPC']]);
  // Handed on with no word of it on the disk either: room is made in the spool, the record is none the better.
  await spool.put(batch());
  await until(() => spool.size!().batches === 0);
  expect([spool.isDown!(), counted]).toEqual([true, ['ENOSPC', 'ENOSPC']]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  expect(spool.isDown!(), 'whether the next one would fail is not known').toBe(false);
  vi.useRealTimers();
  expect(spool.isDown!()).toBe(true);
  isFull = false;
  await dedupe.once('a.2', async () => ok);
  expect(spool.isDown!()).toBe(false);
});

test('a file that cannot be removed either is not handed on again, nor kept anew', async () => {
  const path = await directory();
  const unlink = async (): Promise<void> => Promise.reject(new Error('EROFS'));
  const { spool } = await open(path, { fs: indexFull({ unlink }) });
  await spool.put(batch());
  let count = 0;
  spool.start!(async () => {
    count++;
    return ok;
  });
  await until(() => spool.size!().batches === 0);
  expect([await spool.put(batch({ attempt: 2 })), spool.size!().batches, count]).toEqual([true, 0, 1]);
});

test('what was written while another took the directory over is not said to be kept, and nothing is handed on', async () => {
  const path = await directory();
  const { spool } = await open(path);
  await spool.put(batch({ seq: 1 }));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15_000 });
  await fs.writeFile(join(path, 'lock'), 'of somebody else');
  const counted: unknown[] = [];
  let count = 0;
  spool.start!(async () => {
    count++;
    return ok;
  }, reportTo(counted));
  expect([spool.isDown!(), await spool.put(batch({ seq: 2 }))]).toEqual([false, false]);
  vi.useRealTimers();
  expect(await fs.readdir(join(path, 'batches'))).toEqual([`${batch().line.client}.1.batch`]);
  expect([count, spool.isDown!(), counted]).toEqual([0, true, ['lost']]);
});
