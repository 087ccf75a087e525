import type { Context } from '@opentelemetry/api';
import { runIn, type SaveRestoreHub, saveRestoreHub } from './save-restore-hub.ts';

// What the build plugin writes into async functions. All of it is cheap while no context is active, and works without any library registered.

/** One call of a transformed async function. */
export interface AsyncFrame {
  /** The function's own context, while it is suspended. */
  c: Context | undefined;
  /** What was active where the function was called or resumed: active again as soon as it suspends or ends. */
  p: Context | undefined;
  /** 1: runs; 0: suspended by `await`; 2: suspended by `yield`, where the context of who calls `next()` counts. */
  s: 0 | 1 | 2;
}

interface Thenable {
  then: unknown;
}

// The global is looked up once: a property of a constant object is as fast as a variable.
const cache: { hub?: SaveRestoreHub } = {};

function hub(): SaveRestoreHub {
  cache.hub ??= saveRestoreHub();
  return cache.hub;
}

/** At the entry of a function. */
export function enter(): AsyncFrame {
  const { c } = hub();
  return { c, p: c, s: 1 };
}

/** At the end of a function, however it ends. */
export function exit(frame: AsyncFrame): void {
  if (frame.s === 1) hub().c = frame.p;
}

/** Before `await`: keeps the function's context, gives its caller's back. A thenable's own code runs in the function's context. */
export function leave<T>(frame: AsyncFrame, value?: T): T | Thenable | undefined {
  const awaited = carry(value);
  suspend(frame, 0);
  return awaited;
}

/** Before `yield`. */
export function pause<T>(frame: AsyncFrame, value?: T): T | Thenable | undefined {
  const awaited = carry(value);
  suspend(frame, 2);
  return awaited;
}

function suspend(frame: AsyncFrame, state: 0 | 1 | 2): void {
  if (frame.s !== 1 || state === 1) return;
  const shared = hub();
  frame.s = state;
  frame.c = shared.c;
  shared.c = frame.p;
}

/**
 * After `await` and `yield`, and at the start of `catch` and `finally`. After a `yield` the context of who called `next()` is taken, as
 * AsyncLocalStorage and Zone.js do; one without a context (a queued `next()`, too) leaves the generator in its own.
 */
export function resume<T>(frame: AsyncFrame, value?: T): T | undefined {
  if (frame.s !== 1) {
    const shared = hub();
    const before = shared.c;
    if (frame.s === 0 || before === undefined) shared.c = frame.c;
    frame.p = before;
    frame.s = 1;
  }
  return value;
}

/** Around what an async function returns: a thenable's `then` is called by the engine in a job of its own, where no context is active. */
export function carry<T>(value: T): T | Thenable {
  return carryIn(hub().c, value);
}

function carryIn<T>(context: Context | undefined, value: T): T | Thenable {
  if (context === undefined || Object(value) !== value || value instanceof Promise) return value;
  let then: unknown;
  try {
    then = (value as Thenable).then;
  } catch (error) {
    return {
      // biome-ignore lint/suspicious/noThenProperty: the engine reads it, and gets the error it would have got
      get then(): unknown {
        throw error;
      },
    };
  }
  if (typeof then !== 'function') return value;
  return {
    // biome-ignore lint/suspicious/noThenProperty: stands for somebody's thenable
    then: (onValue: (value: unknown) => void, onError: unknown) =>
      runIn(hub(), context, then as () => unknown, value, [(inner: unknown) => onValue(carryIn(context, inner)), onError]),
  };
}

/** Around the object of `for await`: its iterator's methods run in the function's context, which is left as soon as they return. */
export function iterate(frame: AsyncFrame, iterable: unknown, state: 0 | 2 = 0): unknown {
  if (hub().c === undefined || iterable == null) return iterable;
  return iterated(frame, iterable, Symbol.asyncIterator, state) ?? iterated(frame, iterable, Symbol.iterator, state) ?? iterable;
}

function iterated(frame: AsyncFrame, iterable: unknown, key: symbol, state: 0 | 2): unknown {
  const method = (iterable as Record<symbol, unknown>)[key];
  if (method == null) return undefined;
  if (typeof method !== 'function') return iterable;
  const inner = method.call(iterable);
  const around = (fn: unknown): unknown => (typeof fn === 'function' ? inside(frame, fn, inner, state) : fn);
  // Read by the engine when it closes the iterator; where there is none it may await nothing, in no call of ours.
  const closing = (name: 'return' | 'throw'): unknown => around(inside(frame, () => inner[name], inner, state)());
  const outer =
    Object(inner) === inner
      ? {
          next: around(inner.next),
          get return(): unknown {
            return closing('return');
          },
          get throw(): unknown {
            return closing('throw');
          },
        }
      : inner;
  return { [key]: () => outer };
}

/** Around the object of `yield*`. */
export function delegate(frame: AsyncFrame, iterable: unknown): unknown {
  const iterated = iterate(frame, iterable, 2);
  suspend(frame, 2);
  return iterated;
}

/** Around the resource of `await using`: it is disposed of in the function's context, which is left while the disposal is awaited. */
export function disposable(frame: AsyncFrame, resource: unknown): unknown {
  if (hub().c === undefined) return resource;
  if (resource == null) return { [Symbol.asyncDispose]: () => suspend(frame, 0) };
  return disposed(frame, resource, Symbol.asyncDispose, 0) ?? disposed(frame, resource, Symbol.dispose, 0) ?? resource;
}

/** Around the resource of `using`. */
export function disposableNow(frame: AsyncFrame, resource: unknown): unknown {
  return hub().c === undefined || resource == null ? resource : (disposed(frame, resource, Symbol.dispose, 1) ?? resource);
}

function disposed(frame: AsyncFrame, resource: unknown, key: symbol, state: 0 | 1): unknown {
  const method = (resource as Record<symbol, unknown>)[key];
  if (method == null) return undefined;
  return typeof method === 'function' ? { [key]: inside(frame, method, resource, state) } : resource;
}

// biome-ignore lint/complexity/noBannedTypes: any function of somebody's object
function inside(frame: AsyncFrame, fn: Function, self: unknown, state: 0 | 1 | 2): (...args: unknown[]) => unknown {
  return (...args) => {
    resume(frame);
    try {
      return fn.apply(self, args);
    } finally {
      suspend(frame, state);
    }
  };
}
