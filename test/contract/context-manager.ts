// What every context manager does, from three starting states: fresh, inside `with`, after a throw.
import { type Context, type ContextManager, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { equal, same } from './equal.ts';

/** What a manager promises beyond synchronous code. Without a promise the context may be gone, but is never another operation's. */
export interface ContextCapabilities {
  /** Across a native `await`. */
  nativeAwait: boolean;
  /** In timers, microtasks and reactions of promises. */
  callbacks: boolean;
  /** API 1.10's `attach`. */
  attach: boolean;
}

interface Scene {
  manager: ContextManager;
  /** Active where the check starts. */
  start: Context;
}
type Check = (scene: Scene, capabilities: ContextCapabilities) => void | Promise<void>;
type WithAttach = ContextManager & { attach?(context: Context): { [Symbol.dispose](): void } };

const key = createContextKey('contract');
const contextOf = (name: string): Context => ROOT_CONTEXT.setValue(key, name);
const nameOf = (context: Context): unknown => context.getValue(key);
const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** Own context where it is promised, else the own one, the start's or none, never another operation's. */
function seen(actual: unknown, own: string, start: Context, isPromised: boolean, where: string): void {
  const isGone = actual === undefined || actual === nameOf(start);
  if (isPromised || !isGone) equal(actual, own, where);
}

const throwIn = (manager: ContextManager, error: Error): unknown => {
  try {
    return manager.with(contextOf('thrown'), () => {
      throw error;
    });
  } catch (thrown) {
    return thrown;
  }
};

const checks: Record<string, Check> = {
  'what is active outside': ({ manager, start }) => same(manager.active(), start, 'active'),

  '`with` passes this, arguments and result, and restores': ({ manager, start }) => {
    const context = contextOf('a');
    const self = { name: 'self' };
    const result = manager.with(
      context,
      function (this: unknown, one: number, two: string) {
        same(this, self, 'this');
        same(manager.active(), context, 'active inside');
        return `${one}${two}`;
      } as (this: unknown, one: number, two: string) => string,
      self,
      1,
      'b',
    );
    equal(result, '1b', 'result');
    same(manager.active(), start, 'active afterwards');
  },

  '`with` nests, root inside another too': ({ manager, start }) => {
    manager.with(contextOf('a'), () => {
      manager.with(ROOT_CONTEXT, () => same(manager.active(), ROOT_CONTEXT, 'root inside'));
      manager.with(contextOf('b'), () => equal(nameOf(manager.active()), 'b', 'inner'));
      equal(nameOf(manager.active()), 'a', 'outer');
    });
    same(manager.active(), start, 'active afterwards');
  },

  '`with` lets an exception through unchanged and restores': ({ manager, start }) => {
    const error = new Error('thrown');
    same(throwIn(manager, error), error, 'what was thrown');
    same(manager.active(), start, 'active afterwards');
  },

  '`with` of an asynchronous function gives the start back at once': async ({ manager, start }) => {
    const running = manager.with(contextOf('a'), async () => {
      await pause(1);
      return 'done';
    });
    same(manager.active(), start, 'active while it runs');
    equal(await running, 'done', 'result');
  },

  '`bind` fixes the context of a function, with its this, arguments, length': ({ manager, start }) => {
    const self = {
      bound: manager.bind(contextOf('a'), function (this: unknown, one: number, two: number) {
        same(this, self, 'this');
        return [nameOf(manager.active()), one + two];
      }),
    };
    manager.with(contextOf('b'), () => equal(self.bound(1, 2), ['a', 3], 'result'));
    equal(self.bound.length, 2, 'length');
    same(manager.active(), start, 'active afterwards');
  },

  '`bind` gives what is no function back as it is': ({ manager }) => {
    const value = { some: 'object' };
    same(manager.bind(contextOf('a'), value), value, 'object');
    equal(manager.bind(contextOf('a'), 7 as unknown as object), 7, 'number');
  },

  'across await: own context, or none': async ({ manager, start }, { nativeAwait }) => {
    const looks: unknown[] = [];
    await manager.with(contextOf('a'), async () => {
      looks.push(nameOf(manager.active()));
      await Promise.resolve();
      looks.push(nameOf(manager.active()));
      await pause(1);
      looks.push(nameOf(manager.active()));
      await Promise.reject(new Error('caught')).catch(() => {});
      looks.push(nameOf(manager.active()));
    });
    equal(looks[0], 'a', 'before the first await');
    for (const look of looks.slice(1)) seen(look, 'a', start, nativeAwait, 'after an await');
  },

  'operations side by side never see each other': async ({ manager, start }, { nativeAwait }) => {
    const operation = async (name: string): Promise<void> => {
      equal(nameOf(manager.active()), name, 'at the start');
      for (let step = 0; step < 5; step++) {
        await pause(step % 2);
        seen(nameOf(manager.active()), name, start, nativeAwait, `${name}, step ${step}`);
      }
    };
    await Promise.all(['a', 'b', 'c'].map((name) => manager.with(contextOf(name), () => operation(name))));
  },

  'timers, microtasks and reactions: own context, or none': async ({ manager, start }, { callbacks }) => {
    const looks = await manager.with(contextOf('a'), () =>
      Promise.all([
        new Promise((resolve) => setTimeout(() => resolve(nameOf(manager.active())), 1)),
        new Promise((resolve) => queueMicrotask(() => resolve(nameOf(manager.active())))),
        Promise.resolve().then(() => nameOf(manager.active())),
      ]),
    );
    for (const [index, where] of ['timer', 'microtask', 'reaction'].entries()) seen(looks[index], 'a', start, callbacks, where);
  },

  '`attach` until its token is disposed, where it is promised': ({ manager, start }, { attach: isPromised }) => {
    const { attach } = manager as WithAttach;
    equal(typeof attach, isPromised ? 'function' : 'undefined', 'attach');
    if (!attach) return;
    const outer = attach.call(manager, contextOf('a'));
    const inner = attach.call(manager, contextOf('b'));
    equal(nameOf(manager.active()), 'b', 'attached inside');
    inner[Symbol.dispose]();
    equal(nameOf(manager.active()), 'a', 'after the inner token');
    outer[Symbol.dispose]();
    same(manager.active(), start, 'after both');
  },
};

const startingStates: Record<string, (manager: ContextManager, check: (start: Context) => void | Promise<void>) => Promise<void>> = {
  fresh: async (manager, check) => check(manager.active()),
  'inside with': async (manager, check) => {
    const outer = contextOf('outer');
    const checking = manager.with(outer, () => check(outer));
    await checking;
  },
  'after a throw': async (manager, check) => {
    throwIn(manager, new Error('in a context'));
    same(manager.active(), ROOT_CONTEXT, 'active after a throw');
    await check(ROOT_CONTEXT);
  },
};

/** `name` stands in front of each check; `create` makes a manager for one of them. */
export function contextManagerContract(
  name: string,
  create: () => ContextManager,
  capabilities: ContextCapabilities,
): Record<string, () => Promise<void>> {
  const cases = Object.entries(startingStates).flatMap(([state, start]) =>
    Object.entries(checks).map(([title, check]): [string, () => Promise<void>] => [
      `${name}, ${state}: ${title}`,
      async () => {
        const manager = create().enable();
        try {
          await start(manager, (active) => check({ manager, start: active }, capabilities));
        } finally {
          manager.disable();
        }
      },
    ]),
  );
  return Object.fromEntries(cases);
}
