import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'vitest';
import { AsyncLocalStorageContextManager } from '../../src/context/async-local-storage.ts';
import { StackContextManager } from '../../src/context/stack.ts';
import { contextManagerContract } from './context-manager.ts';

for (const [name, check] of Object.entries({
  ...contextManagerContract('AsyncLocalStorage', () => new AsyncLocalStorageContextManager(new AsyncLocalStorage()), {
    nativeAwait: true,
    callbacks: true,
    attach: true,
  }),
  ...contextManagerContract('stack', () => new StackContextManager(), { nativeAwait: false, callbacks: false, attach: true }),
}))
  test(name, check);
