import { expect, test } from 'vitest';
import { cleanText, createLog, type ProxyLogEntry } from '../../../src/proxy/log.ts';

test('says the same thing once a minute, with how often it was since', () => {
  const entries: ProxyLogEntry[] = [];
  const clock = { millis: 0 };
  const log = createLog(
    (entry) => entries.push(entry),
    () => clock.millis,
  );
  for (let count = 0; count < 5; count++) log({ level: 'warn', event: 'refused', code: 'a' });
  log({ level: 'warn', event: 'refused', code: 'b' });
  clock.millis = 60_000;
  log({ level: 'warn', event: 'refused', code: 'a' });
  expect(entries.map((entry) => [entry['code'], entry['repeated']])).toEqual([
    ['a', undefined],
    ['b', undefined],
    ['a', 4],
  ]);
});

test('a clock that goes back silences nothing', () => {
  const entries: ProxyLogEntry[] = [];
  const clock = { millis: 86_400_000 };
  const log = createLog(
    (entry) => entries.push(entry),
    () => clock.millis,
  );
  log({ level: 'warn', event: 'refused' });
  clock.millis = 0;
  log({ level: 'warn', event: 'refused' });
  log({ level: 'warn', event: 'refused' });
  expect(entries).toHaveLength(2);
});

test('nothing that a terminal or a reader of lines would act on', () => {
  expect(cleanText('a\r\n\u001b[31mb\u009b\u2028c\u202e')).toBe('a???[31mb??c?');
  expect(cleanText('x'.repeat(1_000))).toHaveLength(256);
});

test('a log that throws fails nothing', () => {
  const log = createLog(() => {
    throw new Error('full');
  }, Date.now);
  expect(() => log({ level: 'info', event: 'x' })).not.toThrow();
});
