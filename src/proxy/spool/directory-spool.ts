import { inflateGzip } from '../inflate.ts';
import type { IntakeBatch, Outcome } from '../upstream/upstream.ts';
import { createDrain, type DrainPause } from './directory-drain.ts';
import type { DirectoryIndex } from './directory-index.ts';
import type { SpoolFileSystem } from './file-system.ts';
import { batchKey, errnoOf, type Spool, type SpoolReport } from './spool.ts';
import { fromRecord, spansOfRecord, toRecord } from './spool-record.ts';

export interface DirectorySpoolOptions {
  /** A directory of its own, on a local disk, used by one process at a time. */
  readonly directory: string;
  /** `node:fs/promises`, of Node, Deno or Bun. */
  readonly fs: SpoolFileSystem;
  /** What was handed on before: kept beside the batches. */
  readonly index: DirectoryIndex;
  readonly maxBytes: number;
  /** False once the directory is another process's: nothing is kept or handed on any more. */
  readonly isHeld: () => boolean;
  /** As `isHeld`, for sure: looks at the lock where this process may have slept. */
  readonly confirmHeld: () => Promise<boolean>;
  /** Full jitter. */
  readonly random: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A spool that knows what it keeps. */
export interface DirectorySpool extends Spool {
  /** Whether a batch waits here to be handed on. */
  has(key: string): boolean;
  /** Puts a key on record. Where the disk fails this process alone knows it: that is told, and is `isDown` for a minute. Never rejects. */
  record(key: string): Promise<void>;
}

/** What a process that was killed left half written; younger, it may be one that still writes. */
const oldPartMillis = 60_000;

/** What did not go well is said for so long: whether the next write would is not known where there is none. */
const failingMillis = 60_000;

/**
 * A spool of one file per batch. A file is written beside, synced and renamed, so that a process that is killed leaves whole batches
 * only; it goes when the index says that the batch was handed on. What was killed between handing on and saying so is handed on twice.
 */
export async function createDirectorySpool(options: DirectorySpoolOptions): Promise<DirectorySpool> {
  const { directory, fs, index, maxBytes, isHeld, confirmHeld, random, now } = options;
  const sizes = new Map<string, number>();
  let totalBytes = 0;
  const underWay = new Set<Promise<boolean>>();
  let isClosed = false;
  let failedAtMillis = Number.NEGATIVE_INFINITY;
  let recordFailedAtMillis = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let handOnBatch: (batch: IntakeBatch) => Promise<Outcome> = async () => ({ status: 'retry', code: 'not_started' });
  let report: SpoolReport | undefined;
  const drain = createDrain({ next, handOn, random });

  await fs.mkdir(directory, { recursive: true });
  for (const name of await fs.readdir(directory)) {
    const path = `${directory}/${name}`;
    const { size, mtimeMs } = await fs.stat(path);
    if (name.endsWith('.batch')) {
      sizes.set(name, size);
      totalBytes += size;
    } else if (name.endsWith('.part') && mtimeMs < now() - oldPartMillis) await fs.unlink(path);
  }

  async function put(batch: IntakeBatch, putReport?: SpoolReport): Promise<boolean> {
    const key = batchKey(batch);
    const name = `${key}.batch`;
    if (sizes.has(name) || index.has(`>${key}`)) return true;
    const { bytes, spanCount, leftOutCount } = toRecord(batch);
    if (isClosed || !isHeld()) return false;
    if (totalBytes + bytes.length > maxBytes) return fail(putReport, 'full');
    if (spanCount > 0) {
      const writing = write(name, bytes, putReport);
      underWay.add(writing);
      const isWritten = await writing;
      underWay.delete(writing);
      if (!isWritten) return false;
    }
    if (leftOutCount > 0) putReport?.dropped(leftOutCount, 'spool_oversize');
    return true;
  }

  function fail(to: SpoolReport | undefined, code: string): false {
    failedAtMillis = now();
    to?.failed?.(code);
    return false;
  }

  async function record(key: string): Promise<void> {
    try {
      await index.add(key);
      recordFailedAtMillis = Number.NEGATIVE_INFINITY;
    } catch (error) {
      recordFailedAtMillis = now();
      report?.failed?.(errnoOf(error));
    }
  }

  async function write(name: string, bytes: Uint8Array, putReport?: SpoolReport): Promise<boolean> {
    totalBytes += bytes.length;
    const part = `${directory}/${crypto.randomUUID()}.part`;
    let isKept = false;
    try {
      await fs.writeFile(part, bytes, { flush: true });
      if (await confirmHeld()) {
        await fs.rename(part, `${directory}/${name}`);
        await syncDirectory(fs, directory);
        // A process that took the directory over meanwhile may not know of this file. It stays: by now it may be one of that process's own.
        isKept = await confirmHeld();
      }
    } catch (error) {
      fail(putReport, errnoOf(error));
    }
    if (!isKept) {
      totalBytes -= bytes.length;
      await fs.unlink(part).catch(() => {});
      return false;
    }
    failedAtMillis = Number.NEGATIVE_INFINITY;
    sizes.set(name, bytes.length);
    drain.wake();
    return true;
  }

  function forget(name: string): void {
    failedAtMillis = Number.NEGATIVE_INFINITY;
    totalBytes -= sizes.get(name) ?? 0;
    sizes.delete(name);
  }

  function next(isBusy: (name: string) => boolean): string | undefined {
    if (isHeld()) for (const name of sizes.keys()) if (!isBusy(name)) return name;
    return undefined;
  }

  async function handOn(name: string): Promise<DrainPause | undefined> {
    const key = name.slice(0, -'.batch'.length);
    if (!(await confirmHeld())) return { afterMillis: 0 };
    try {
      const pause = index.has(`>${key}`) ? undefined : await handOnFile(name, key);
      if (pause !== undefined) return later(name, pause);
    } catch (error) {
      // One that somebody else has removed does not come back.
      if ((error as { code?: unknown } | null)?.code !== 'ENOENT') return later(name, { afterMillis: 0 });
    }
    await fs.unlink(`${directory}/${name}`).catch(() => {});
    forget(name);
    return undefined;
  }

  /** The next try is another batch's: one that cannot be read must not stop the rest. */
  function later(name: string, pause: DrainPause): DrainPause {
    const bytes = sizes.get(name) ?? 0;
    sizes.delete(name);
    sizes.set(name, bytes);
    return pause;
  }

  /** Undefined where the batch need not be kept any longer. */
  async function handOnFile(name: string, key: string): Promise<DrainPause | undefined> {
    const bytes = Uint8Array.from(await fs.readFile(`${directory}/${name}`));
    const batch = fromRecord(bytes, inflateGzip);
    if (batch === undefined) {
      // Not known to be handed on: its sender may still have it.
      report?.dropped(spansOfRecord(bytes), 'spool_unreadable', 'unreadable');
      return undefined;
    }
    const outcome = await handOnBatch(batch);
    if (outcome.status === 'retry') return { afterMillis: outcome.afterMillis ?? 0, isAlone: outcome.isOwnFault };
    if (outcome.status === 'rejected') report?.dropped(batch.line.spans - (outcome.takenSpans ?? 0), 'spool_rejected', outcome.code);
    // Where the disk is full, the file must go all the more. This process knows that it was handed on.
    await record(`>${key}`);
    return undefined;
  }

  return {
    put,
    has: (key) => sizes.has(`${key}.batch`),
    record,
    start(handOnTo, reportTo) {
      handOnBatch = handOnTo;
      report = reportTo;
      running ??= drain.run();
    },
    isDown: () => [failedAtMillis, recordFailedAtMillis].some((atMillis) => Math.abs(now() - atMillis) < failingMillis),
    size: () => ({ batches: sizes.size, bytes: totalBytes }),
    async close() {
      isClosed = true;
      drain.close();
      // What is written after the next process has looked would lie until the one after.
      await Promise.all([running, ...underWay]);
    },
  };
}

/** A rename is durable when its directory is; where a system cannot sync one, the rename is all there is. */
async function syncDirectory(fs: SpoolFileSystem, directory: string): Promise<void> {
  try {
    const handle = await fs.open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows.
  }
}
