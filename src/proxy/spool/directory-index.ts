import type { SpoolFile, SpoolFileSystem } from './file-system.ts';

/** Keys that outlive the process, for 25 hours: batches that were taken (`client.seq`) and that were handed on (`>client.seq`). */
export interface DirectoryIndex {
  has(key: string): boolean;
  /** Resolves when the key is on the disk. Rejects where the disk fails. */
  add(key: string): Promise<void>;
  close(): Promise<void>;
}

/** A client gives a batch up after 24 hours. */
const keepHours = 25;
/** Keys in memory; the oldest go first. */
const maxKeys = 500_000;
const hourMillis = 3_600_000;

/** Opens the index in a directory: one file of lines per hour, the newest 25 are read. */
export async function openDirectoryIndex(directory: string, fs: SpoolFileSystem, now: () => number): Promise<DirectoryIndex> {
  await fs.mkdir(directory, { recursive: true });
  const keys = new Set<string>();
  const hourOf = (millis: number): number => Math.floor(millis / hourMillis);
  let file: { readonly hour: number; readonly handle: SpoolFile } | undefined;
  let waiting: { readonly key: string; readonly done: (error?: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;

  const names = (await fs.readdir(directory)).filter((name) => /^\d+\.index$/.test(name)).sort();
  for (const name of names) {
    const path = `${directory}/${name}`;
    if (Number.parseInt(name, 10) < hourOf(now()) - keepHours) await fs.unlink(path);
    // A line that a kill cut off has no end and is no key.
    else
      for (const key of new TextDecoder()
        .decode(await fs.readFile(path))
        .split('\n')
        .slice(0, -1))
        remember(key);
  }

  function remember(key: string): void {
    keys.add(key);
    if (keys.size > maxKeys) keys.delete(keys.keys().next().value as string);
  }

  async function openFile(): Promise<SpoolFile> {
    const hour = hourOf(now());
    if (file?.hour === hour) return file.handle;
    await file?.handle.close();
    file = undefined;
    const name = `${hour}`.padStart(8, '0');
    for (const old of (await fs.readdir(directory)).filter((one) => /^\d+\.index$/.test(one))) {
      if (Number.parseInt(old, 10) < hour - keepHours) await fs.unlink(`${directory}/${old}`);
    }
    const handle = await fs.open(`${directory}/${name}.index`, 'a');
    // Ends what a kill may have cut off, so that the half of one key is not another.
    await handle.appendFile('…\n');
    file = { hour, handle };
    return handle;
  }

  /** Everything that waits goes to the disk together. */
  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      let error: unknown;
      try {
        const handle = await openFile();
        await handle.appendFile(batch.map(({ key }) => `${key}\n`).join(''));
        await handle.datasync();
        for (const { key } of batch) remember(key);
      } catch (caught) {
        error = caught ?? new Error('write failed');
      }
      for (const { done } of batch) done(error);
    }
    writing = undefined;
  }

  return {
    has: (key) => keys.has(key),
    add: (key) =>
      new Promise((resolve, reject) => {
        waiting.push({ key, done: (error) => (error === undefined ? resolve() : reject(error)) });
        writing ??= write();
      }),
    async close() {
      await writing;
      await file?.handle.close();
      file = undefined;
    },
  };
}
