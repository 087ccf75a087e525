import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DedupeObject, type DedupeObjectState, objectDedupe } from '../../../src/proxy/dedupe-object.ts';
import type { Outcome } from '../../../src/proxy/upstream/upstream.ts';
import { fakeAbortTimeout } from './fake-abort-timeout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function setUp() {
  const objects = new Map<string, { object: DedupeObject; entries: Map<string, unknown>; alarmAt: number | null }>();
  const namespace = {
    idFromName: (name: string) => name,
    get: (name: string) => {
      const known = objects.get(name);
      const entries = new Map<string, unknown>();
      const holder = known ?? { entries, alarmAt: null as number | null, object: undefined as unknown as DedupeObject };
      if (known === undefined) {
        const storage: DedupeObjectState['storage'] = {
          get: async (key) => entries.get(key) as never,
          put: async (key, value) => void entries.set(key, value),
          delete: async (key) => entries.delete(key),
          list: async ({ limit, startAfter }) =>
            new Map(
              [...entries]
                .sort()
                .filter(([key]) => startAfter === undefined || key > startAfter)
                .slice(0, limit),
            ) as never,
          getAlarm: async () => holder.alarmAt,
          setAlarm: async (atMillis) => {
            holder.alarmAt = atMillis;
          },
        };
        holder.object = new DedupeObject({ storage });
        objects.set(name, holder);
      }
      return { fetch: (url: string, init: RequestInit) => holder.object.fetch(new Request(url, init)) };
    },
  };
  return { objects, dedupe: objectDedupe(namespace as never), other: objectDedupe(namespace as never) };
}

const ok: Outcome = { status: 'ok' };
const key = `${'ab'.repeat(16)}.7`;

test('two isolates let a batch through once, for 25 hours', async () => {
  const { dedupe, other } = setUp();
  const run = vi.fn(async () => ok);
  expect([await dedupe.once(key, run), await other.once(key, run)]).toEqual([ok, ok]);
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(25 * 3_600_000 + 1);
  await other.once(key, run);
  expect(run).toHaveBeenCalledTimes(2);
});

test('while one hands on, the other is told to come again; what failed may come again at once; a lease ends', async () => {
  const { dedupe, other } = setUp();
  let finish = (_: Outcome): void => {};
  const first = dedupe.once(
    key,
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  await vi.advanceTimersByTimeAsync(0);
  expect(await other.once(key, async () => ok)).toEqual({ status: 'retry', code: 'in_flight', afterMillis: 2_000 });
  finish({ status: 'retry', code: 'down' });
  expect(await first).toEqual({ status: 'retry', code: 'down' });
  void dedupe.once(key, () => new Promise(() => {}));
  await vi.advanceTimersByTimeAsync(45_001);
  expect(await other.once(key, async () => ok)).toEqual(ok);
});

test('who takes a batch hears that an earlier try began to put it into the spool, also after that failed or was killed', async () => {
  const { dedupe, other } = setUp();
  const heard: (boolean | undefined)[] = [];
  await dedupe.once(key, async (claim) => {
    heard.push(claim?.mayBeSpooled);
    await claim?.willSpool();
    return { status: 'retry', code: 'spool_full' };
  });
  void other.once(key, async (claim) => {
    heard.push(claim?.mayBeSpooled);
    return new Promise(() => {});
  });
  await vi.advanceTimersByTimeAsync(45_001);
  await dedupe.once(key, async (claim) => {
    heard.push(claim?.mayBeSpooled);
    return ok;
  });
  expect(heard).toEqual([false, true, true]);
  expect(await other.once(key, async () => expect.unreachable('taken twice') as never)).toEqual(ok);
});

test('a batch that is tried on in the background is held for all until that has ended', async () => {
  const { dedupe, other } = setUp();
  let settle = (_: Outcome): void => {};
  const settled = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const outcome = await dedupe.once(key, async () => ({ status: 'retry', code: 'upstream_503', settled }));
  expect(await other.once(key, async () => expect.unreachable('taken twice') as never)).toMatchObject({ code: 'in_flight' });
  settle(ok);
  await (outcome as { settled?: Promise<Outcome> }).settled;
  expect(await other.once(key, async () => expect.unreachable('taken twice') as never)).toEqual(ok);
});

test('an object that cannot be asked lets batches through', async () => {
  const broken = objectDedupe({ idFromName: () => 1, get: () => ({ fetch: () => Promise.reject(new Error('gone')) }) });
  expect(await broken.once(key, async () => ok)).toEqual(ok);
});

test('one that hangs is waited for 3 s, then not each time; it is said', async () => {
  fakeAbortTimeout();
  let asked = 0;
  const hanging = objectDedupe({
    idFromName: () => 1,
    get: () => ({
      fetch: () => {
        asked++;
        return new Promise(() => {});
      },
    }),
  });
  let unanswered = 0;
  hanging.reportTo!({ forgotten: () => {}, unanswered: () => unanswered++ });
  let isOver = false;
  const outcomes = Promise.all(Array.from({ length: 3 }, () => hanging.once(key, async () => ok)));
  void outcomes.then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(2_999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcomes).toEqual([ok, ok, ok]);
  expect(await hanging.once(key, async () => ok)).toEqual(ok);
  expect([asked, unanswered]).toEqual([3, 3]);
});

test('an answer that is an error is none', async () => {
  const failing = objectDedupe({ idFromName: () => 1, get: () => ({ fetch: async () => new Response('leased', { status: 500 }) }) });
  expect(await failing.once(key, async () => ok)).toEqual(ok);
});

test('an alarm forgets what is past its time, and comes again only while there is something', async () => {
  const { objects, dedupe } = setUp();
  for (let seq = 0; seq < 1_500; seq++) await dedupe.once(`${'ab'.repeat(16)}.${seq}`, async () => ok);
  const [[, holder]] = [...objects] as [[string, { object: DedupeObject; entries: Map<string, unknown>; alarmAt: number | null }]];
  expect(objects.size).toBe(1);
  expect(holder.alarmAt).not.toBeNull();
  await holder.object.alarm();
  expect(holder.entries.size).toBe(1_500);
  vi.advanceTimersByTime(26 * 3_600_000);
  await holder.object.alarm();
  expect(holder.entries.size).toBe(0);
  expect((await holder.object.fetch(new Request('https://dedupe/else', { method: 'POST', body: 'x' }))).status).toBe(404);
});
