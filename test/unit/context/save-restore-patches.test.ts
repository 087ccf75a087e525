import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { saveRestoreContextManager } from '../../../src/context/save-restore.ts';
import { patchHandlers, patchListeners } from '../../../src/context/save-restore-events.ts';
import {
  type InstallPatch,
  patchAnimationFrame,
  patchIdle,
  patchMicrotask,
  patchObservers,
  patchPromiseThen,
  patchTimers,
  together,
} from '../../../src/context/save-restore-patches.ts';

const manager = saveRestoreContextManager();
const key = createContextKey('name');
const inA = <T>(fn: () => T): T => manager.with(ROOT_CONTEXT.setValue(key, 'A'), fn);
const active = (): unknown => manager.active().getValue(key);

type Callback = (...args: unknown[]) => void;

/** A host of its own per test, that keeps callbacks for the test to call. */
function createHost() {
  const callbacks: Callback[] = [];
  class Target extends EventTarget {
    #handler: unknown = null;
    get onload(): unknown {
      return this.#handler;
    }
    set onload(handler: unknown) {
      this.#handler = handler;
    }
  }
  class MutationObserver {
    static readonly kinds = 3;
    constructor(callback: Callback) {
      callbacks.push(callback);
    }
  }
  class Scheduler {
    postTask(callback: Callback, _options?: object): void {
      callbacks.push(callback);
    }
  }
  // Each host has an EventTarget whose prototype may be patched.
  class OwnEventTarget extends EventTarget {}
  for (const name of ['addEventListener', 'removeEventListener'] as const) {
    Object.defineProperty(OwnEventTarget.prototype, name, {
      value: EventTarget.prototype[name],
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  Object.setPrototypeOf(Target.prototype, OwnEventTarget.prototype);
  const keep =
    (name: string) =>
    (callback: Callback, _delay: number): number => {
      void name;
      return callbacks.push(callback);
    };
  const names = ['setTimeout', 'setInterval', 'queueMicrotask', 'requestAnimationFrame', 'requestIdleCallback'];
  const host = Object.fromEntries(names.map((name) => [name, Object.defineProperty(keep(name), 'name', { value: name })])) as Record<
    string,
    Callback
  >;
  Object.assign(host, { EventTarget: OwnEventTarget, XMLHttpRequest: Target, MutationObserver, Scheduler });
  return { host: host as unknown as typeof globalThis & Record<string, Callback>, callbacks, Target, Scheduler };
}

const everywhere = [patchTimers, patchMicrotask, patchAnimationFrame, patchIdle, patchObservers, patchListeners, patchHandlers];

test.each([
  ['setTimeout', patchTimers],
  ['setInterval', patchTimers],
  ['queueMicrotask', patchMicrotask],
  ['requestAnimationFrame', patchAnimationFrame],
  ['requestIdleCallback', patchIdle],
] as [string, InstallPatch][])('A callback given to %s in A sees A, with its arguments, until the patch is undone', (name, install) => {
  const { host, callbacks } = createHost();
  const original = host[name];
  const undo = install(host);
  const seen: unknown[] = [];
  const given: Callback = (...args) => seen.push(active(), ...args);
  inA(() => host[name]?.(given, 5));
  host[name]?.(given, 5);
  for (const callback of callbacks) callback(1, 2);
  expect(seen).toEqual(['A', 1, 2, undefined, 1, 2]);
  // Nothing is put around where there is nothing to carry.
  expect(callbacks[1]).toBe(given);
  expect([host[name]?.name, host[name]?.length]).toEqual([original?.name, 2]);
  expect(host[name]?.toString()).toBe(original?.toString());
  undo();
  expect(host[name]).toBe(original);
});

test('Observers and scheduler.postTask', () => {
  const { host, callbacks, Scheduler } = createHost();
  const Original = host.MutationObserver;
  const undo = together(host, [patchObservers, patchIdle]);
  const seen: unknown[] = [];
  const made = inA(() => {
    new Scheduler().postTask(() => seen.push(active()));
    return new host.MutationObserver(() => seen.push(active()));
  });
  for (const callback of callbacks) callback();
  expect(seen).toEqual(['A', 'A']);
  expect(made).toBeInstanceOf(Original);
  expect(made).toBeInstanceOf(host.MutationObserver);
  class Derived extends host.MutationObserver {}
  expect(new Derived(() => {})).toBeInstanceOf(Derived);
  expect((host.MutationObserver as unknown as { kinds: number }).kinds).toBe(3);
  undo();
  expect(host.MutationObserver).toBe(Original);
});

test('What somebody has patched on top stays, and carries no longer', () => {
  const { host, callbacks } = createHost();
  const undo = patchTimers(host);
  const below = host.setTimeout as unknown as Callback;
  const onTop = (callback: Callback, delay: number): void => below(callback, delay);
  Object.assign(host, { setTimeout: onTop });
  undo();
  expect(host.setTimeout).toBe(onTop);
  const given = (): void => {};
  inA(() => onTop(given, 1));
  expect(callbacks[0]).toBe(given);
});

test('Hosts without some of it are patched as far as they go', () => {
  const { host } = createHost();
  const bare = { EventTarget: host.EventTarget } as unknown as typeof globalThis;
  expect(() => together(bare, everywhere)()).not.toThrow();
});

test('Listeners are bound where they are added, found when they are removed, and called once where they are added twice', () => {
  const { host, Target } = createHost();
  const { addEventListener, removeEventListener } = host.EventTarget.prototype;
  const undo = patchListeners(host);
  const target = new Target();
  const seen: unknown[] = [];
  const listener = (): void => void seen.push(active());
  const dispatch = (): unknown[] => {
    target.dispatchEvent(new Event('x'));
    return seen.splice(0);
  };
  inA(() => target.addEventListener('x', listener));
  target.addEventListener('x', listener);
  expect(dispatch()).toEqual(['A']);
  target.removeEventListener('x', listener);
  expect(dispatch()).toEqual([]);
  target.addEventListener('x', listener);
  inA(() => target.addEventListener('x', listener));
  expect(dispatch()).toEqual([undefined]);
  target.removeEventListener('x', listener);
  inA(() => target.addEventListener('x', listener, { once: true }));
  expect([...dispatch(), ...dispatch()]).toEqual(['A']);
  inA(() => target.addEventListener('x', null));
  // Undone: what was added meanwhile is still found.
  inA(() => target.addEventListener('x', listener));
  undo();
  expect(host.EventTarget.prototype.addEventListener).toBe(addEventListener);
  expect(dispatch()).toEqual(['A']);
  target.removeEventListener('x', listener);
  expect(dispatch()).toEqual([]);
  expect(removeEventListener).not.toBe(undefined);
});

test('Listeners that were never bound leave no patch behind', () => {
  const { host, Target } = createHost();
  const { addEventListener, removeEventListener } = host.EventTarget.prototype;
  const undo = patchListeners(host);
  new Target().addEventListener('x', () => {});
  undo();
  expect(host.EventTarget.prototype).toMatchObject({ addEventListener, removeEventListener });
});

test('on… properties are bound and give back what was put in', () => {
  const { host, Target } = createHost();
  const was = Object.getOwnPropertyDescriptor(Target.prototype, 'onload');
  const undo = patchHandlers(host);
  const target = new Target();
  const handler = (): unknown => active();
  inA(() => {
    target.onload = handler;
  });
  expect(target.onload).toBe(handler);
  const bound: unknown = was?.get?.call(target);
  expect(typeof bound === 'function' && bound()).toBe('A');
  target.onload = null;
  expect(target.onload).toBeNull();
  undo();
  expect(Object.getOwnPropertyDescriptor(Target.prototype, 'onload')).toEqual(was);
});

test('Promise.prototype.then, when it is asked for', async () => {
  const { then } = Promise.prototype;
  const undo = patchPromiseThen(globalThis);
  const seen: unknown[] = [];
  const chain = inA(() =>
    Promise.reject(new Error('x'))
      .catch(() => void seen.push(active()))
      .finally(() => void seen.push(active())),
  );
  await chain;
  expect(Promise.prototype.then.name).toBe('then');
  undo();
  expect(seen).toEqual(['A', 'A']);
  expect(Promise.prototype.then).toBe(then);
});
