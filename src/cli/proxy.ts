import * as fs from 'node:fs/promises';
import { environmentOptions } from '../proxy/environment.ts';
import { createIntakeProxy } from '../proxy/handler.ts';
import { createHostInflate } from '../proxy/host-inflate.ts';
import { closedReason } from '../proxy/options.ts';
import { openSpoolDirectory } from '../proxy/spool/open-directory.ts';
import { text } from '../proxy/upstream/environment-upstream.ts';
import { builtInZlib } from '../runtime/built-in-zlib.ts';
import { serve } from './serve.ts';
import type { Shell } from './shell.ts';

/** Options of `edgespan proxy`. */
export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
}

/** How long running requests may take after SIGTERM: an upstream's time-out, and a little. */
const drainMillis = 12_000;

/** The intake proxy, configured by the environment, until the shell says stop. Resolves to the exit code: 2 where it would stay closed. */
export async function proxy({ host, port }: ProxyOptions, shell: Shell): Promise<number> {
  const options = environmentOptions(shell.env);
  const reason = closedReason(options);
  if (reason !== undefined) {
    shell.printError(`Cannot start the proxy as ${reason.option} ${reason.rule}: set ${variables[reason.option] ?? reason.option}.`);
    return 2;
  }
  const directory = text(shell.env, 'EDGESPAN_SPOOL_DIR');
  const kept = directory ? await openDirectory(directory) : undefined;
  try {
    const serving = await serve(createIntakeProxy({ ...options, ...kept }, createHostInflate(builtInZlib())).fetch, host, port, shell.env);
    shell.print(`intake    ${serving.address}${options.path ?? '/t'}`);
    await shell.stopped();
    shell.print('stopping: no new requests, waiting for those that run');
    await serving.close(drainMillis);
  } finally {
    // A directory that is still held, and handed on from, would outlive a port that is taken.
    await kept?.spool.close?.();
  }
  return 0;
}

/** @throws Error naming the variable where the system refuses the directory. */
async function openDirectory(directory: string): ReturnType<typeof openSpoolDirectory> {
  try {
    return await openSpoolDirectory({ directory, fs });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new Error(
      `Cannot start the proxy as EDGESPAN_SPOOL_DIR must be a directory that this user may write to (make it, and give it to this user): current value is ${directory} (${code})`,
      { cause: error },
    );
  }
}

const variables: Readonly<Record<string, string>> = {
  allowOrigins: 'EDGESPAN_ALLOW_ORIGINS=https://shop.example (or, for servers alone, EDGESPAN_ALLOW_SERVERS=true)',
  auth: 'EDGESPAN_TOKEN_KEYS (see `edgespan token --help`) or EDGESPAN_AUTH=none',
};
