import type { Dedupe } from '../dedupe.ts';
import { openDirectoryIndex } from './directory-index.ts';
import { createDirectorySpool } from './directory-spool.ts';
import type { SpoolFileSystem } from './file-system.ts';
import type { Spool } from './spool.ts';

/** Options of `openSpoolDirectory`. */
export interface SpoolDirectoryOptions {
  /** A directory of its own, on a local disk, used by one process at a time. Made where it is not there. */
  readonly directory: string;
  /** `node:fs/promises`, of Node, Deno or Bun. */
  readonly fs: SpoolFileSystem;
  /** Bytes of batches kept; beyond, senders are told to keep theirs. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Told how many spans of a kept batch no upstream takes, and why; they are gone. Default: a line of JSON by `console.log`. */
  readonly onReject?: (spanCount: number, code: string) => void;
}

/**
 * Opens a directory that makes a proxy lose nothing when its upstream or its process is down: batches are kept in it until the upstream
 * takes them, and which ones were taken is known for 25 hours.
 *
 * @example
 * ```ts
 * import * as fs from 'node:fs/promises';
 * const proxy = createIntakeProxy({ ...options, ...(await openSpoolDirectory({ directory: '/var/lib/edgespan', fs })) });
 * ```
 */
export async function openSpoolDirectory(options: SpoolDirectoryOptions): Promise<{ readonly spool: Spool; readonly dedupe: Dedupe }> {
  const { directory, fs, maxBytes = 1_073_741_824 } = options;
  const onReject =
    options.onReject ?? ((spans, code) => console.log(JSON.stringify({ level: 'error', event: 'spool_rejected', code, spans })));
  const index = await openDirectoryIndex(`${directory}/index`, fs, Date.now);
  const spool = await createDirectorySpool({
    directory: `${directory}/batches`,
    fs,
    index,
    maxBytes,
    onReject,
    random: Math.random,
  });
  return {
    spool: {
      ...spool,
      async close() {
        await spool.close?.();
        await index.close();
      },
    },
    dedupe: {
      async once(key, run) {
        // A kill between keeping a batch and saying so leaves it in the spool alone: that hands it on.
        if (index.has(key) || index.has(`>${key}`) || spool.has(key)) return { status: 'ok' };
        const outcome = await run();
        // The batch is safe already; where the disk fails now, it may be taken twice.
        if (outcome.status === 'ok') await index.add(key).catch(() => {});
        return outcome;
      },
    },
  };
}
