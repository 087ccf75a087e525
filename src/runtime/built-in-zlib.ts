/** What is used of `node:zlib`. */
export interface BuiltInZlib {
  inflateRawSync(data: Uint8Array, options: { maxOutputLength: number; chunkSize: number; info: true }): unknown;
  crc32(data: Uint8Array): number;
}

/**
 * The host's own zlib, found without an import, so that no bundler asks for it: on Node 20.16 and above, Bun, Deno, and in Workers with
 * `nodejs_compat`. Undefined elsewhere. Never throws.
 */
export function builtInZlib(): BuiltInZlib | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => Partial<BuiltInZlib> | undefined } };
  try {
    const zlib = process?.getBuiltinModule?.('node:zlib');
    return typeof zlib?.inflateRawSync === 'function' && typeof zlib.crc32 === 'function' ? (zlib as BuiltInZlib) : undefined;
  } catch {
    return undefined;
  }
}
