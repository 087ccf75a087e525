import type { DedupeObjectState } from '../../../src/entries/proxy.ts';

/** A Durable Object's storage in memory. */
export function createObjectStorage(): DedupeObjectState['storage'] {
  const entries = new Map<string, unknown>();
  let alarmAtMillis: number | null = null;
  return {
    get: async <T>(key: string) => entries.get(key) as T | undefined,
    put: async (key, value) => void entries.set(key, value),
    delete: async (key) => entries.delete(key),
    list: async <T>({ limit, startAfter = '' }: { limit: number; startAfter?: string }) =>
      new Map(
        [...entries]
          .filter(([key]) => key > startAfter)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, limit),
      ) as Map<string, T>,
    getAlarm: async () => alarmAtMillis,
    async setAlarm(atMillis) {
      alarmAtMillis = atMillis;
    },
  };
}
