import { expect, test } from 'vitest';
import { consoleUpstream } from '../../../../src/proxy/upstream/console.ts';
import { batch } from './served.ts';

test('prints one line of JSON per span', async () => {
  const lines: string[] = [];
  expect(await consoleUpstream({ write: (line) => lines.push(line) })(batch(), AbortSignal.timeout(1_000))).toEqual({ status: 'ok' });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      traceId: '0000000000000000ffffffffffffffff',
      spanId: '0020000000000001',
      parentId: '',
      service: 'shop',
      durationMillis: 1.5,
      runtime: 'browser',
    },
  ]);
});

test('prints nothing that a terminal would act on, and loses nothing', async () => {
  const lines: string[] = [];
  const one = batch();
  const [span] = one.chunks[0]!;
  const hostile = 'a\u009b31m\u202eb\u2028\u001b]0;c\u{e0001}d\u007f';
  const chunks = [[{ ...span!, resource: hostile, meta: { [hostile]: hostile } }]];
  await consoleUpstream({ write: (line) => lines.push(line) })({ ...one, chunks }, AbortSignal.timeout(1_000));
  expect(lines.join()).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  expect(JSON.parse(lines[0]!)).toMatchObject({ resource: hostile, meta: { [hostile]: hostile } });
});
