import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { isAsyncNative } from '../../../src/context/native-async.ts';
import { saveRestoreContextManager } from '../../../src/context/save-restore.ts';
import { withContext } from '../../../src/context/with-context.ts';

afterEach(() => context.disable());

test('Binds to the context that is active when it is called, with name, length, this and arguments', () => {
  context.setGlobalContextManager(saveRestoreContextManager().enable());
  const key = createContextKey('name');
  const bound = context.with(ROOT_CONTEXT.setValue(key, 'A'), () =>
    withContext(function named(this: unknown, one: number, two: number) {
      return [this, one, two, context.active().getValue(key)];
    }),
  );
  expect([bound.name, bound.length]).toEqual(['named', 2]);
  expect(bound.call('me', 1, 2)).toEqual(['me', 1, 2, 'A']);
});

test('Without a context manager it is the function itself', () => {
  const fn = (): number => 1;
  expect(withContext(fn)).toBe(fn);
});

test('Async functions are native here; the campaign sees lowered ones', () => {
  expect(isAsyncNative()).toBe(true);
});
