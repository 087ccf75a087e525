import { afterwards, type Dedupe } from '../dedupe.ts';
import type { Outcome } from '../upstream/upstream.ts';
import { openDirectoryIndex } from './directory-index.ts';
import { lockDirectory } from './directory-lock.ts';
import { createDirectorySpool } from './directory-spool.ts';
import type { SpoolFileSystem } from './file-system.ts';
import type { Spool, SpoolReport } from './spool.ts';

/** Options of `openSpoolDirectory`. */
export interface SpoolDirectoryOptions {
  /** A directory of its own, on a local disk, used by one process at a time. Made where it is not there. */
  readonly directory: string;
  /** `node:fs/promises`, of Node, Deno or Bun. */
  readonly fs: SpoolFileSystem;
  /** Bytes of batches kept; beyond, senders are told to keep theirs. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Memory for remembering which batches were taken: grows as needed, about 11 bytes each. Default 320 MiB: 300 batches a second for 25 hours. */
  readonly maxIndexBytes?: number;
  /** How long to wait for another process to let the directory go, in milliseconds. Default 30,000. */
  readonly lockWaitMillis?: number;
  /** Told how many spans of a kept batch are gone, and why; the proxy counts and logs them too. Default nothing. */
  readonly onReject?: (spanCount: number, code: string) => void;
}

/** The next process takes it. */
const closing: Outcome = { status: 'retry', code: 'closing', afterMillis: 1_000 };

/**
 * Opens a directory that makes a proxy lose nothing when its upstream or its process is down: batches are kept in it until the upstream
 * takes them, and which ones were taken is known for 25 hours. One process at a time: one that starts while another still holds the
 * directory waits for it.
 *
 * @throws Error saying what to do where another process holds it for longer than that.
 * @example
 * ```ts
 * import * as fs from 'node:fs/promises';
 * const proxy = createIntakeProxy({ ...options, ...(await openSpoolDirectory({ directory: '/var/lib/edgespan', fs })) });
 * ```
 */
export async function openSpoolDirectory(options: SpoolDirectoryOptions): Promise<{ readonly spool: Spool; readonly dedupe: Dedupe }> {
  const { directory, fs, maxBytes = 1_073_741_824, maxIndexBytes = 335_544_320, lockWaitMillis = 30_000, onReject } = options;
  let report: SpoolReport | undefined;
  const lock = await lockDirectory(directory, fs, lockWaitMillis, () => report?.lost?.());
  try {
    return await openLocked();
  } catch (error) {
    await lock.release();
    throw error;
  }

  async function openLocked(): Promise<{ readonly spool: Spool; readonly dedupe: Dedupe }> {
    const now = (): number => Date.now();
    // What was forgotten while the index was read is told when there is somebody to tell.
    let forgottenCount = 0;
    const onForget = (keyCount: number): void => {
      forgottenCount += keyCount;
      if (report === undefined) return;
      report.forgotten(forgottenCount);
      forgottenCount = 0;
    };
    const take = async (key: string, run: () => Promise<Outcome>): Promise<Outcome> =>
      afterwards(await run(), async ({ status }) => {
        // The batch is safe already; where the disk fails now, it may be taken twice, by the next process.
        if (status === 'ok') await spool.record(key);
      });
    const index = await openDirectoryIndex({ directory: `${directory}/index`, fs, now, maxBytes: maxIndexBytes, onForget });
    const { isHeld, confirm: confirmHeld } = lock;
    const running = new Set<Promise<Outcome>>();
    let isClosed = false;
    const spool = await createDirectorySpool({
      directory: `${directory}/batches`,
      fs,
      index,
      maxBytes,
      isHeld,
      confirmHeld,
      random: Math.random,
      now,
    });
    return {
      spool: {
        ...spool,
        start(handOn, reportTo) {
          report = reportTo;
          if (forgottenCount > 0) onForget(0);
          if (!isHeld()) report?.lost?.();
          spool.start?.(handOn, {
            dropped(spanCount, reason, code) {
              onReject?.(spanCount, code ?? reason);
              reportTo?.dropped(spanCount, reason, code);
            },
            forgotten: onForget,
            failed: (code) => reportTo?.failed?.(code),
          });
        },
        isDown: () => !isHeld() || spool.isDown?.() === true,
        async close() {
          isClosed = true;
          // What is taken now may still be kept, and is on record before the next process reads the record.
          await Promise.allSettled(running);
          await spool.close?.();
          await index.close();
          await lock.release();
        },
      },
      dedupe: {
        async once(key, run) {
          // A kill between keeping a batch and saying so leaves it in the spool alone: that hands it on.
          if (index.has(key) || index.has(`>${key}`) || spool.has(key)) return { status: 'ok' };
          if (isClosed) return closing;
          const taking = take(key, run);
          running.add(taking);
          try {
            return await taking;
          } finally {
            running.delete(taking);
          }
        },
      },
    };
  }
}
