import { expect, test } from 'vitest';
import { createKeep, createServiceColours } from '../../../src/viewer/page/colours.ts';

function createStorage(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  } as Storage;
}

test('a service takes the next slot and keeps it over reloads', () => {
  const storage = createStorage();
  const first = createServiceColours(createKeep(() => storage));
  expect([first('web'), first('api'), first('web')]).toEqual(['var(--s1)', 'var(--s2)', 'var(--s1)']);
  const second = createServiceColours(createKeep(() => storage));
  expect([second('api'), second('orders')]).toEqual(['var(--s2)', 'var(--s3)']);
});

test('after eight services the slots repeat', () => {
  const colour = createServiceColours(createKeep(() => undefined));
  for (let index = 1; index <= 8; index++) colour(`service ${index}`);
  expect(colour('ninth')).toBe('var(--s1)');
});

test('a storage that throws, or holds rubbish, only forgets', () => {
  const throwing = createKeep(() => {
    throw new Error('denied');
  });
  expect(throwing.read('theme')).toBeUndefined();
  expect(() => throwing.write('theme', 'dark')).not.toThrow();
  expect(createServiceColours(throwing)('web')).toBe('var(--s1)');
  for (const text of ['{', '{"a":1}', '[1,null,"web"]']) {
    const storage = createStorage();
    storage.setItem('edgespan.services', text);
    expect(createServiceColours(createKeep(() => storage))('web')).toBe('var(--s1)');
  }
});
