import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createUserAgentReader } from '../../../src/proxy/user-agent.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36`, 'Chrome', '140.0.0.0', 'Windows', '10'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
    'Microsoft Edge',
    '140.0.0.0',
    'Windows',
    '10',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari',
    '18.5',
    'iOS',
    '18.5',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Safari',
    '18.5',
    'macOS',
    '10.15.7',
  ],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox', '143.0', 'Linux', undefined],
  [
    `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${webkit} Chrome/140.0.7339.51 Mobile Safari/537.36`,
    'Chrome',
    '140.0.7339.51',
    'Android',
    '15',
  ],
  ['YourApp/1.0.0 grpc-java-okhttp/1.27.2', 'YourApp', '1.0.0', undefined, undefined],
  ['node', undefined, undefined, undefined, undefined],
])('%s', (header, name, version, osName, osVersion) => {
  const tags = createUserAgentReader()(header);
  expect(tags).toEqual(
    Object.fromEntries(
      Object.entries({
        'user_agent.original': header,
        'user_agent.name': name,
        'user_agent.version': version,
        'user_agent.os.name': osName,
        'user_agent.os.version': osVersion,
      }).filter(([, value]) => value !== undefined),
    ),
  );
});

test('an empty header has no tags, a long one is cut, and so is every name', () => {
  const read = createUserAgentReader();
  expect(read('')).toEqual({});
  const tags = read(`${'x'.repeat(300)}/${'1'.repeat(300)} y/1`);
  expect(tags['user_agent.original']).toHaveLength(500);
  for (const text of Object.values(read(`${'x'.repeat(300)}/1 y/1 ${'z'.repeat(300)}`)).slice(1))
    expect(text.length).toBeLessThanOrEqual(100);
});

// Pieces of real headers in any order, or one of them over and over.
const piece = fc.constantFrom(
  ...'Mozilla/5.0 |(|)|; |Windows NT 10.0|Mac OS X |like |Android |Linux|CPU OS 9_|Version/|Chrome/|Safari/|Edg/|webkit/|opera mini|cros x |tv|bot|_|.|9| |google|é'.split(
    '|',
  ),
);
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 400 }).map((pieces) => pieces.join('')),
  fc.tuple(piece, piece).map(([one, end]) => one.repeat(500) + end),
  fc.string({ maxLength: 600 }),
);

test('anything at all is read without throwing, in texts', () => {
  const read = createUserAgentReader();
  fc.assert(
    fc.property(hostile, (header) => {
      for (const text of Object.values(read(header))) expect(text.length).toBeLessThanOrEqual(500);
    }),
    { numRuns: 5_000 },
  );
});

test('no header of 500 characters takes long', () => {
  let worst = { millis: 0, header: '' };
  const took = (header: string): number => {
    // The least of some tries: what the header costs, without what else the machine did meanwhile.
    const tries = Array.from({ length: 5 }, () => {
      const from = performance.now();
      createUserAgentReader()(header);
      return performance.now() - from;
    });
    return Math.min(...tries);
  };
  fc.assert(
    fc.property(hostile, (header) => {
      const millis = took(header);
      if (millis > worst.millis) worst = { millis, header };
    }),
    { numRuns: 1_000 },
  );
  expect(worst.millis, worst.header).toBeLessThan(5);
});

test('a header is parsed once while it is remembered, and 500 are', async () => {
  const { default: Bowser } = await import('bowser');
  const parse = vi.spyOn(Bowser, 'getParser');
  try {
    const read = createUserAgentReader();
    for (let count = 0; count < 3; count++) read('YourApp/1 lib/2');
    expect(parse).toHaveBeenCalledTimes(1);
    for (let index = 0; index < 500; index++) read(`App${index}/1 lib/2`);
    read('YourApp/1 lib/2');
    expect(parse).toHaveBeenCalledTimes(502);
    read('App499/1 lib/2');
    expect(parse).toHaveBeenCalledTimes(502);
  } finally {
    parse.mockRestore();
  }
});
