import { runIn, saveRestoreHub } from './save-restore-hub.ts';

/** Patches a host object and returns what undoes it. What somebody has patched on top stays where it is and only steps aside. */
export type InstallPatch = (host: typeof globalThis) => () => void;

type AnyFunction = (...args: never[]) => unknown;
type Members = Record<string, AnyFunction | undefined>;

/** The callback, bound to the active context; as it is where none is active or where it is no function. */
export function boundToActive<T>(callback: T): T {
  const hub = saveRestoreHub();
  const { c } = hub;
  if (c === undefined || typeof callback !== 'function') return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    return runIn(hub, c, callback as unknown as AnyFunction, this, args);
  } as T;
}

/**
 * Puts a function in the place of another that sees and may change its arguments. It keeps name, length, statics and what `toString()` says,
 * and can be called with `new` where the original can.
 */
export function patchFunction(owner: object, key: string, change: (args: unknown[], self: unknown) => unknown[]): () => void {
  const members = owner as Members;
  const original = members[key];
  if (typeof original !== 'function') return () => {};
  let live = true;
  const patched = new Proxy(original, {
    apply: (fn, self, args: unknown[]) => Reflect.apply(fn, self, live ? change(args, self) : args),
    construct: (fn, args: unknown[], target) => Reflect.construct(fn, live ? change(args, undefined) : args, target),
    get: (fn, name) => (name === 'toString' ? () => String(fn) : Reflect.get(fn, name)),
  });
  members[key] = patched;
  return () => {
    live = false;
    if (members[key] === patched) members[key] = original;
  };
}

/** A patch of a function of the host (or of a prototype: `MutationObserver`, `Scheduler.postTask`) whose first `count` arguments are callbacks. */
function patchCallback(path: string, count = 1): InstallPatch {
  return (host) => {
    const [first = '', second] = path.split('.');
    const owner = second ? (host as unknown as Record<string, { prototype: object } | undefined>)[first]?.prototype : host;
    return owner
      ? patchFunction(owner, second ?? first, (args) => args.map((arg, index) => (index < count ? boundToActive(arg) : arg)))
      : () => {};
  };
}

/** `setTimeout` and `setInterval`. */
export const patchTimers: InstallPatch = (host) => together(host, [patchCallback('setTimeout'), patchCallback('setInterval')]);

/** `queueMicrotask`. */
export const patchMicrotask: InstallPatch = (host) => patchCallback('queueMicrotask')(host);

/** `requestAnimationFrame`. */
export const patchAnimationFrame: InstallPatch = (host) => patchCallback('requestAnimationFrame')(host);

/** `requestIdleCallback` and `scheduler.postTask`, where the engine has them. */
export const patchIdle: InstallPatch = (host) =>
  together(host, [patchCallback('requestIdleCallback'), patchCallback('Scheduler.postTask')]);

/** `MutationObserver`, `IntersectionObserver`, `ResizeObserver`, `PerformanceObserver`, `ReportingObserver`: the context where they are made. */
export const patchObservers: InstallPatch = (host) =>
  together(
    host,
    ['Mutation', 'Intersection', 'Resize', 'Performance', 'Reporting'].map((kind) => patchCallback(`${kind}Observer`)),
  );

/**
 * `Promise.prototype.then`, and with it `catch` and `finally`. Not among the defaults: Firefox and WebKit have a faster `await` while nobody
 * has touched `then` (docs/await.md has the numbers).
 */
export const patchPromiseThen: InstallPatch = (host) => patchCallback('Promise.then', 2)(host);

/** Several patches as one; undone in reverse order. */
export function together(host: typeof globalThis, patches: readonly InstallPatch[]): () => void {
  const undos = patches.map((install) => install(host));
  return () => {
    for (const undo of undos.reverse()) undo();
  };
}
