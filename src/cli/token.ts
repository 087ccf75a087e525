import { mintToken } from '../proxy/mint-token.ts';
import { createTokenKey } from '../proxy/token-keys.ts';
import type { Shell } from './shell.ts';

/** Options of `edgespan token`. */
export interface TokenOptions {
  readonly newKey?: string;
  readonly origin?: string;
  readonly service?: string;
  readonly env?: string;
  readonly serviceVersion?: string;
  readonly sub?: string;
  readonly server?: boolean;
  readonly lifetime?: number;
}

/** Prints a token, or a new key; nothing else, so that it can be put into a variable. Resolves to the exit code. */
export async function token({ newKey, lifetime, server, serviceVersion: version, ...claims }: TokenOptions, shell: Shell): Promise<number> {
  if (newKey !== undefined) {
    if (!/^[\w-]{1,32}$/.test(newKey))
      throw new TypeError(`Cannot make a key as its id must be 1 to 32 letters, digits, _ or -: current value is ${newKey}`);
    shell.print(createTokenKey(newKey));
    return 0;
  }
  const keys = shell.env['EDGESPAN_TOKEN_KEYS'];
  if (!keys) {
    shell.printError('Cannot mint a token as EDGESPAN_TOKEN_KEYS is not set: make a key with `edgespan token --new-key k1`.');
    return 2;
  }
  if (!server && claims.origin === undefined) {
    shell.printError('Cannot mint a token as a page needs --origin, and a server needs --server.');
    return 2;
  }
  shell.print(
    await mintToken({
      keys,
      ...claims,
      ...(version !== undefined && { version }),
      ...(server && { server }),
      ...(lifetime !== undefined && { lifetimeSeconds: lifetime }),
    }),
  );
  return 0;
}
