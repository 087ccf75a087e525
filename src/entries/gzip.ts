import type { GzipSync } from '../export/compress.ts';
import { gzipSync } from '../export/gzip-sync.ts';

/**
 * The compressor for page exit in the static graph instead of fetched when idle: for applications that are one file, or that end soon.
 *
 * @example
 * register({ service: 'shop-web', compression: gzip() })
 */
export function gzip(): { gzipSync: GzipSync } {
  return { gzipSync };
}
