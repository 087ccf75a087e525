import { inflateGzip } from '../inflate.ts';
import type { IntakeBatch, Outcome } from '../upstream/upstream.ts';
import type { DirectoryIndex } from './directory-index.ts';
import type { SpoolFileSystem } from './file-system.ts';
import { batchKey, type Spool } from './spool.ts';
import { fromRecord, toRecord } from './spool-record.ts';

export interface DirectorySpoolOptions {
  /** A directory of its own, on a local disk, used by one process at a time. */
  readonly directory: string;
  /** `node:fs/promises`, of Node, Deno or Bun. */
  readonly fs: SpoolFileSystem;
  /** What was handed on before: kept beside the batches. */
  readonly index: DirectoryIndex;
  readonly maxBytes: number;
  /** Told of each batch that no upstream takes, or that the disk has spoilt (0 spans: nobody knows); it is removed. */
  readonly onReject: (spanCount: number, code: string) => void;
  /** Full jitter. */
  readonly random: () => number;
}

/** A spool that knows what it keeps. */
export interface DirectorySpool extends Spool {
  /** Whether a batch waits here to be handed on. */
  has(key: string): boolean;
}

const firstPauseMillis = 1_000;
const longestPauseMillis = 60_000;

/**
 * A spool of one file per batch. A file is written beside, synced and renamed, so that a process that is killed leaves whole batches
 * only; it goes when the index says that the batch was handed on. What was killed between handing on and saying so is handed on twice.
 */
export async function createDirectorySpool(options: DirectorySpoolOptions): Promise<DirectorySpool> {
  const { directory, fs, index, maxBytes, onReject, random } = options;
  const sizes = new Map<string, number>();
  let totalBytes = 0;
  let isClosed = false;
  let wake = (): void => {};
  let wakeOnClose = (): void => {};
  let running: Promise<void> | undefined;
  let written = 0;

  await fs.mkdir(directory, { recursive: true });
  for (const name of await fs.readdir(directory)) {
    const path = `${directory}/${name}`;
    if (name.endsWith('.batch')) {
      const { size } = await fs.stat(path);
      sizes.set(name, size);
      totalBytes += size;
    } else if (name.endsWith('.part')) await fs.unlink(path);
  }

  async function put(batch: IntakeBatch): Promise<boolean> {
    const key = batchKey(batch);
    const name = `${key}.batch`;
    if (sizes.has(name) || index.has(`>${key}`)) return true;
    const record = toRecord(batch);
    if (isClosed || totalBytes + record.length > maxBytes) return false;
    totalBytes += record.length;
    const part = `${directory}/${++written}.part`;
    try {
      await fs.writeFile(part, record, { flush: true });
      await fs.rename(part, `${directory}/${name}`);
      await syncDirectory(fs, directory);
    } catch {
      totalBytes -= record.length;
      await fs.unlink(part).catch(() => {});
      return false;
    }
    sizes.set(name, record.length);
    wake();
    return true;
  }

  async function remove(name: string): Promise<void> {
    await fs.unlink(`${directory}/${name}`).catch(() => {});
    totalBytes -= sizes.get(name) ?? 0;
    sizes.delete(name);
  }

  /** Gives how long to wait before the next try, 0 where the batch is gone. */
  async function handOnFile(name: string, handOn: (batch: IntakeBatch) => Promise<Outcome>): Promise<number | undefined> {
    const key = name.slice(0, -'.batch'.length);
    if (!index.has(`>${key}`)) {
      const batch = fromRecord(Uint8Array.from(await fs.readFile(`${directory}/${name}`)), inflateGzip);
      const outcome: Outcome = batch === undefined ? { status: 'rejected', code: 'unreadable' } : await handOn(batch);
      if (outcome.status === 'retry') return outcome.afterMillis ?? 0;
      if (outcome.status === 'rejected') onReject(batch?.line.spans ?? 0, outcome.code);
      // What is spoilt is not known to be handed on: its sender may still have it.
      if (batch !== undefined) await index.add(`>${key}`);
    }
    await remove(name);
    return undefined;
  }

  async function drain(handOn: (batch: IntakeBatch) => Promise<Outcome>): Promise<void> {
    let failures = 0;
    while (!isClosed) {
      const [name] = sizes.keys();
      if (name === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const afterMillis = await handOnFile(name, handOn).catch(() => 0);
      failures = afterMillis === undefined ? 0 : failures + 1;
      if (afterMillis === undefined) continue;
      // The next try is another batch's: one that cannot be read must not stop the rest.
      const bytes = sizes.get(name) ?? 0;
      sizes.delete(name);
      sizes.set(name, bytes);
      const jitter = random() * Math.min(longestPauseMillis, firstPauseMillis * 2 ** Math.min(failures - 1, 10));
      await pause(Math.max(jitter, Math.min(afterMillis, longestPauseMillis)), (stop) => {
        wakeOnClose = stop;
      });
    }
  }

  return {
    put,
    has: (key) => sizes.has(`${key}.batch`),
    start(handOn) {
      running ??= drain(handOn);
    },
    size: () => ({ batches: sizes.size, bytes: totalBytes }),
    async close() {
      isClosed = true;
      wake();
      wakeOnClose();
      await running;
    },
  };
}

function pause(millis: number, onStart: (stop: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    onStart(() => {
      clearTimeout(timer);
      resolve();
    });
  });
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
