import { useLayoutEffect, useRef } from 'preact/hooks';

const freshMillis = 1200;

/**
 * Says which keys came while `scope` was looked at, so that they slide in; those that were there at first do not.
 *
 * @param version Whatever changes when the keys may have.
 */
export function useFresh(scope: string, keys: () => Iterable<string>, version: unknown): (key: string) => boolean {
  const seen = useRef<{ scope: string; since: Map<string, number> }>(null);
  useLayoutEffect(() => {
    const first = seen.current?.scope !== scope;
    const since = first || !seen.current ? new Map<string, number>() : seen.current.since;
    const now = first ? 0 : Date.now();
    for (const key of keys()) if (!since.has(key)) since.set(key, now);
    seen.current = { scope, since };
  }, [scope, version]);
  return (key) => {
    if (seen.current?.scope !== scope) return false;
    const since = seen.current.since.get(key);
    return since === undefined || Date.now() - since < freshMillis;
  };
}
