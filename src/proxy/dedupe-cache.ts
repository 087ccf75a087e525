import { afterwards, type Dedupe } from './dedupe.ts';

/** What is used of Cloudflare's Cache API: `caches.default`. @see https://developers.cloudflare.com/workers/runtime-apis/cache/ */
export interface DedupeCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

const keepSeconds = 3_600;

/**
 * Remembers batches for an hour, for all isolates of one place: what comes elsewhere is not known, and of two that come at once in two
 * isolates both are taken. Costs no object and no request; `objectDedupe` is the one that holds what it promises.
 *
 * @example
 * ```ts
 * createIntakeProxy(() => ({ ...options, dedupe: cacheDedupe(caches.default) }))
 * ```
 */
export function cacheDedupe(cache: DedupeCache): Dedupe {
  return {
    async once(key, run) {
      const url = `https://dedupe.invalid/${encodeURIComponent(key)}`;
      const known = await cache.match(url).catch(() => undefined);
      if (known !== undefined) return { status: 'ok' };
      return afterwards(await run(), async ({ status }) => {
        if (status !== 'ok') return;
        const headers = { 'Cache-Control': `max-age=${keepSeconds}` };
        await cache.put(url, new Response(null, { headers })).catch(() => {});
      });
    },
  };
}
