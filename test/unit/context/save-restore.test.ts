import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { saveRestoreContextManager, saveRestoreLoaded } from '../../../src/context/save-restore.ts';
import { enter, exit, leave, resume } from '../../../src/context/save-restore-calls.ts';
import { announceSaveRestore, saveRestoreHub } from '../../../src/context/save-restore-hub.ts';

const key = createContextKey('name');
const [a, b] = [ROOT_CONTEXT.setValue(key, 'A'), ROOT_CONTEXT.setValue(key, 'B')];
const manager = saveRestoreContextManager();

afterEach(() => {
  manager.disable();
  Object.assign(saveRestoreHub(), { c: undefined, patch: undefined, undo: undefined, on: 0 });
});

test('Is a synchronous stack by itself', () => {
  const seen: unknown[] = [];
  const result = manager.with(
    a,
    function (this: unknown, one: number, two: number) {
      seen.push(manager.active(), this, one + two);
      manager.with(ROOT_CONTEXT, () => seen.push(manager.active()));
      expect(() =>
        manager.with(b, () => {
          throw new Error('x');
        }),
      ).toThrow('x');
      seen.push(manager.active());
      return 5;
    },
    'this' as never,
    1,
    2,
  );
  expect(seen).toEqual([a, 'this', 3, ROOT_CONTEXT, a]);
  expect(result).toBe(5);
  expect(manager.active()).toBe(ROOT_CONTEXT);
});

test('Binds functions, whose name and length stay, and leaves other things as they are', () => {
  const bound = manager.bind(a, function named(this: unknown, x: number, _y: number) {
    return [this, x, manager.active()];
  });
  expect([bound.name, bound.length]).toEqual(['named', 2]);
  expect(manager.with(b, () => bound.call('me', 1, 2))).toEqual(['me', 1, a]);
  const object = {};
  expect(manager.bind(a, object)).toBe(object);
});

test('Attaches until the token is disposed of, once', () => {
  const outer = manager.attach(a);
  const inner = manager.attach(b);
  expect(manager.active()).toBe(b);
  inner.dispose();
  expect(manager.active()).toBe(a);
  outer[Symbol.dispose]();
  expect(manager.active()).toBe(ROOT_CONTEXT);
  manager.with(b, () => {
    inner.dispose();
    expect(manager.active()).toBe(b);
  });
});

test('All managers and copies share what is active', () => {
  const other = saveRestoreContextManager();
  manager.with(a, () => expect(other.active()).toBe(a));
  expect((globalThis as Record<symbol, unknown>)[Symbol.for('edgespan.save-restore')]).toBe(saveRestoreHub());
});

test.each(['first', 'later'])('Transformed code that comes %s has the host patched, once, and unpatched with the last manager', (when) => {
  const undo = vi.fn();
  const patch = vi.fn(() => undo);
  expect(saveRestoreLoaded()).toBe(false);
  if (when === 'later') manager.enable().enable();
  announceSaveRestore(patch);
  if (when === 'first') manager.enable().enable();
  announceSaveRestore(() => expect.unreachable('a second copy of the run-time patches, too'));
  const other = saveRestoreContextManager().enable();
  expect(saveRestoreLoaded()).toBe(true);
  expect(patch).toHaveBeenCalledTimes(1);
  manager.disable().disable();
  expect(undo).not.toHaveBeenCalled();
  other.disable();
  expect(undo).toHaveBeenCalledTimes(1);
  manager.enable();
  expect(patch).toHaveBeenCalledTimes(2);
});

test('Transformed code runs without any manager', async () => {
  const frame = enter();
  expect(resume(frame, await leave(frame, 1))).toBe(1);
  exit(frame);
  expect(saveRestoreHub().c).toBeUndefined();
});

test('A function keeps its context over await and gives its caller its own back', async () => {
  const seen: unknown[] = [];
  const transformed = async (): Promise<void> => {
    const frame = enter();
    try {
      resume(frame, await leave(frame, Promise.resolve()));
      seen.push(manager.active());
    } finally {
      exit(frame);
    }
  };
  const pending = manager.with(a, () => {
    const promise = transformed();
    seen.push(manager.active());
    return promise;
  });
  seen.push(manager.active());
  await pending;
  seen.push(manager.active());
  expect(seen).toEqual([a, ROOT_CONTEXT, a, ROOT_CONTEXT]);
});
