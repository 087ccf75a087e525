/** Compresses at once, on the calling stack: what page exit needs. */
export type GzipSync = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** Lets the host have its thread for a moment. */
export type Pause = () => Promise<void>;

/**
 * Compresses pieces one after the other with the platform's CompressionStream, which in Chromium works on the calling thread:
 * the host gets a turn after each piece. Rejects where the stream fails.
 */
export async function gzipPieces(pieces: Iterable<Uint8Array<ArrayBuffer>>, pause: Pause): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new CompressionStream('gzip');
  const writer = writable.getWriter();
  const read = new Response(readable).arrayBuffer();
  const write = async (): Promise<void> => {
    for (const piece of pieces) {
      await writer.write(piece);
      await pause();
    }
    await writer.close();
  };
  const [compressed] = await Promise.all([read, write()]);
  return new Uint8Array(compressed);
}

/** All pieces as one. */
export function join(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
