/** What a Worker's invocation is given to hold itself open. */
export interface ExecutionContextLike {
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * Sees what an invocation still waits for: the context to hand to the application in place of its own, and a promise that settles when
 * all that was given to its `waitUntil` has, including what came in meanwhile. Methods run on the original object, as the platform wants.
 */
export function trackWaitUntil<C extends ExecutionContextLike>(context: C): { tracked: C; settled: () => Promise<void> } {
  const pending = new Set<Promise<unknown>>();
  const waitUntil = (promise: Promise<unknown>): void => {
    context.waitUntil(promise);
    pending.add(promise);
    const done = (): void => {
      pending.delete(promise);
    };
    Promise.resolve(promise).then(done, done);
  };
  const tracked = new Proxy(context, {
    get(target, key) {
      if (key === 'waitUntil') return waitUntil;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    tracked,
    async settled() {
      while (pending.size > 0) await Promise.allSettled(pending);
    },
  };
}
