import { gzipSync as fflateGzipSync } from 'fflate';
import type { GzipSync } from './compress.ts';

/** The compressor for page exit. In a file of its own, so that who fetches it later fetches this function and not the whole library. */
export const gzipSync: GzipSync = fflateGzipSync as GzipSync;
