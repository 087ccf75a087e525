import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';

/** The key of `using`, where the application's own `lib` knows it: these types are whole without. */
type DisposeKey = SymbolConstructor extends { readonly dispose: infer K extends symbol } ? K : never;

/** A token of API 1.10's `attach()`; works with `using`, too. */
export type AttachedContext = {
  /** Puts the context back that was active before. Never throws; a second call does nothing. */
  dispose(): void;
} & { [K in DisposeKey]: () => void };

/** A token that runs `restore` once. */
export function attached(restore: () => void): AttachedContext {
  let isAttached = true;
  const dispose = (): void => {
    if (isAttached) restore();
    isAttached = false;
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/**
 * Context manager where the runtime has nothing better: right for synchronous code, gone at the first `await`, timer or event.
 * `attach()` is API 1.10's; what is attached is active until its token is disposed.
 */
export class StackContextManager implements ContextManager {
  #active: Context = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#active;
    this.#active = context;
    try {
      return fn.call(thisArg as ThisParameterType<F>, ...args);
    } finally {
      this.#active = before;
    }
  }

  bind<T>(context: Context, target: T): T {
    return bindWith(this, context, target);
  }

  attach(context: Context): AttachedContext {
    const before = this.#active;
    this.#active = context;
    return attached(() => {
      this.#active = before;
    });
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#active = ROOT_CONTEXT;
    return this;
  }
}

/** A function that runs in a context, with the name and length of the one it stands for. What is no function comes back as it is. */
export function bindWith<T>(manager: ContextManager, context: Context, target: T): T {
  if (typeof target !== 'function') return target;
  const bound = function (this: unknown, ...args: unknown[]): unknown {
    return manager.with(context, target as unknown as (...args: unknown[]) => unknown, this, ...args);
  };
  Object.defineProperty(bound, 'length', { value: target.length, configurable: true });
  Object.defineProperty(bound, 'name', { value: target.name, configurable: true });
  return bound as T;
}
