import type { Check } from './check.ts';

// In a file of its own: an engine without the syntax refuses the whole of it.

const json = '/data.json';

export const usingChecks: Record<string, Check> = {
  'await using: disposal, and what stands behind the block': async (look) => {
    {
      await using resource = {
        async [Symbol.asyncDispose]() {
          look();
          await 1;
          look();
        },
      };
      await 1;
      void resource;
    }
    look();
    for (const _ of [1, 2]) {
      await using resource = { [Symbol.asyncDispose]: () => fetch(json).then(() => {}) };
      void resource;
    }
    look();
    {
      await using nothing = null;
      void nothing;
    }
    look();
  },
  'using and await using, left by an error': async (look) => {
    try {
      using first = { [Symbol.dispose]: () => look() };
      await using second = { [Symbol.dispose]: () => look() };
      void first;
      void second;
      await Promise.reject(new Error('x'));
    } catch {
      look();
    }
  },
};
