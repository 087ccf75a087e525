import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { type AttachedContext, attached, bindWith } from './stack.ts';

/** The part of `node:async_hooks` that is needed, handed over by the door: this room imports nothing of a runtime. */
export interface AsyncLocalStorageLike<T> {
  getStore(): T | undefined;
  run<R, A extends unknown[]>(store: T, callback: (...args: A) => R, ...args: A): R;
  enterWith?(store: T): void;
}

/** Context manager on AsyncLocalStorage: Node, Deno, Bun, Cloudflare Workers. The active span survives every `await`. */
export class AsyncLocalStorageContextManager implements ContextManager {
  readonly #storage: AsyncLocalStorageLike<Context>;
  /** API 1.10's, where the runtime has a working `enterWith`; left out elsewhere, as the API allows. */
  attach?: (context: Context) => AttachedContext;

  constructor(storage: AsyncLocalStorageLike<Context>) {
    this.#storage = storage;
    // workerd has the method and throws from it: whether it works is seen by one call, in a run of its own that changes nothing here.
    if (hasEnterWith(storage)) this.attach = (context) => this.#attach(context);
  }

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return thisArg === undefined
      ? this.#storage.run(context, fn, ...args)
      : this.#storage.run(context, () => fn.call(thisArg as ThisParameterType<F>, ...args));
  }

  bind<T>(context: Context, target: T): T {
    return bindWith(this, context, target);
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }

  #attach(context: Context): AttachedContext {
    const before = this.active();
    this.#storage.enterWith?.(context);
    return attached(() => this.#storage.enterWith?.(before));
  }
}

function hasEnterWith(storage: AsyncLocalStorageLike<Context>): boolean {
  try {
    return storage.run(ROOT_CONTEXT, () => {
      storage.enterWith?.(ROOT_CONTEXT);
      return typeof storage.enterWith === 'function';
    });
  } catch {
    return false;
  }
}
