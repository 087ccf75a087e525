import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createMemory } from '../../../src/redact/remember.ts';

function counted(): { memory: ReturnType<typeof createMemory<number>>; cleaned: string[] } {
  const cleaned: string[] = [];
  const memory = createMemory(
    (key) => key.length,
    (text) => {
      cleaned.push(text);
      return text.toUpperCase();
    },
  );
  return { memory, cleaned };
}

test('a key and a text are looked at once', () => {
  const { memory, cleaned } = counted();
  const known = memory.key('url');
  expect([known.kind, memory.key('url')]).toEqual([3, known]);
  expect(['a', 'b', 'a', 'b', 'b'].map((text) => memory.text(known, text))).toEqual(['A', 'B', 'A', 'B', 'B']);
  expect(memory.text(memory.key('other'), 'a')).toBe('A');
  expect(cleaned).toEqual(['a', 'b']);
});

test('long texts and long keys are answered, and not remembered', () => {
  const { memory, cleaned } = counted();
  const long = 'x'.repeat(501);
  expect([memory.text(memory.key(long), long), memory.text(memory.key(long), long)]).toEqual([long.toUpperCase(), long.toUpperCase()]);
  expect(memory.key(long)).not.toBe(memory.key(long));
  expect(cleaned).toHaveLength(2);
});

test('of texts that never come again few are remembered, until one comes', () => {
  const { memory, cleaned } = counted();
  const known = memory.key('id');
  for (let index = 0; index < 10_000; index++) memory.text(known, `id ${index}`);
  expect(cleaned).toHaveLength(10_000);
  for (let index = 0; index < 200; index++) memory.text(known, `again ${index % 3}`);
  expect(cleaned.length).toBeLessThan(10_000 + 150);
  memory.text(known, 'again 1');
  expect(known.misses).toBe(0);
});

test('answers stay right when keys and texts are many', () => {
  const { memory } = counted();
  for (let index = 0; index < 20_000; index++)
    expect(memory.text(memory.key(`key ${index % 700}`), `text ${index % 3_000}`)).toBe(`TEXT ${index % 3_000}`);
});

test('a remembered text does not hold the body that it was cut from', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const memory = createMemory(
    () => 0,
    (text) => `${text.slice(20)} and more`,
  );
  collect();
  const before = process.memoryUsage().heapUsed;
  // 150 bodies of 1 MB, with a key and a text of each.
  for (let index = 0; index < 150; index++) {
    const body = JSON.stringify(`${index} key that is long enough, a text that is long enough ${'x'.repeat(1_000_000)}`);
    memory.text(memory.key(body.slice(1, 30)), body.slice(1, 60));
  }
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
});
