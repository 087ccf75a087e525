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
