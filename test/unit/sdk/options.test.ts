// Wrong options beyond what every runtime checks alike (test/contract/registration.ts), and calls without arguments.
import { datadogRules } from 'edgespan';
import { agent, instrument, intake, register, type TracingOptions } from 'edgespan/node';
import { instrument as instrumentWorker } from 'edgespan/workers';
import { expect, test } from 'vitest';
import { checkOptions } from '../../../src/sdk/options.ts';

const service = 'shop';
const gives = (options: unknown) => () => register({ service, ...(options as TracingOptions) });
const none = undefined as never;

test.each<[expected: string, call: () => unknown]>([
  [
    "register tracing as `exporter` must come from intake() or agent(), with open: current value is 'http://shop/t'",
    gives({ exporter: 'http://shop/t' }),
  ],
  ["register tracing as `headerTags` must be an object: current value is 'x-id'", gives({ headerTags: 'x-id' })],
  ['register tracing as `headerTags.x-id` must be a string: current value is 5', gives({ headerTags: { 'x-id': 5 } })],
  ["register tracing as `propagation` must be an object: current value is 'b3'", gives({ propagation: 'b3' })],
  ["register tracing as `propagation.inject` must all have inject: current value is 'b3'", gives({ propagation: { inject: 'b3' } })],
  ["register tracing as `propagation.inject` must all have inject: current value is ['b3']", gives({ propagation: { inject: ['b3'] } })],
  [
    'register tracing as `propagation.extract` must all have inject: current value is [function b3]',
    gives({ propagation: { extract: [function b3() {}] } }),
  ],
  [
    "register tracing as `propagation.behaviorExtract` must be continue or restart or ignore: current value is 'stop'",
    gives({ propagation: { behaviorExtract: 'stop' } }),
  ],
  ["register tracing as `exporter` must have an absolute `url`: current value is '/t'", gives({ exporter: intake({ url: '/t' }) })],
  ["register tracing as `propagators` must all have inject: current value is ['b3']", gives({ propagators: ['b3'] })],
  ['register tracing as `contextManager` must have enable: current value is {a,b}', gives({ contextManager: { a: 1, b: 2 } })],
  ['make an intake exporter as `url` must begin with http or /, or `binding` be given: current value is undefined', () => intake()],
  [
    "make an intake exporter as `url` must begin with http or /, or `binding` be given: current value is 'unix:///x'",
    () => intake({ url: 'unix:///x' }),
  ],
  [
    "make an intake exporter as `url` must begin with http or /, or `binding` be given: current value is 'shop:8126'",
    () => intake({ url: 'shop:8126' }),
  ],
  [
    "make an intake exporter as `url` must begin with http or /, or `binding` be given: current value is 'shop/t'",
    () => intake({ url: 'user:hidden@shop/t?token=hidden' }),
  ],
  ["register tracing as `traceIdBits` must be 64 or 128: current value is '64'", gives({ traceIdBits: '64' })],
  ["register tracing as `traceContextInjection` must be all or sampled: current value is 'none'", gives({ traceContextInjection: 'none' })],
  [
    'make an intake exporter as `url` must begin with http or /, or `binding` be given: current value is 5',
    () => intake({ url: 5 as never }),
  ],
  ["make an agent exporter as `url` must begin with http:// or https://: current value is 'unix:///x'", () => agent({ url: 'unix:///x' })],
  ['make sampling rules as `rules` must be an array: current value is x', () => datadogRules({ rules: 'x' as never })],
  [
    'make sampling rules as `rules[0].sample_rate` must be one of service, name, resource, tags, sampleRate, maxPerSecond: current value is 0.5',
    () => datadogRules({ rules: [{ sample_rate: 0.5 } as never] }),
  ],
  [
    'make sampling rules as `rules[0].sampleRate` must be within 0..1: current value is undefined',
    () => datadogRules({ rules: [{} as never] }),
  ],
  ['make sampling rules as `rules[0]` must be an object: current value is x', () => datadogRules({ rules: ['x' as never] })],
  ['make sampling rules as `rateLimit` must be a number: current value is 5', () => datadogRules({ rateLimit: '5' as never })],
  [
    'make sampling rules as `spanRules[0].maxPerSecond` must be of type number: current value is x',
    () => datadogRules({ spanRules: [{ maxPerSecond: 'x' as never }] }),
  ],
  [
    'make sampling rules as `rules[0].name` must be of type string: current value is an object',
    () => datadogRules({ rules: [{ name: /x/ as never, sampleRate: 1 }] }),
  ],
  ['instrument as `handler` must be a function or have `fetch`: current value is undefined', () => instrument(none)],
  ['instrument as `handler` must be a function or have `fetch`: current value is {}', () => instrument({} as never)],
  ['instrument as `handler` must be an object: current value is undefined', () => instrumentWorker(none, {})],
])('Cannot %s', (expected, call) => {
  expect(call).toThrow(new TypeError(`Cannot ${expected}`));
});

test('what is right is taken', async () => {
  for (const url of [
    'https://shop.example/t',
    new URL('http://shop.example:8080'),
    'http://[::1]:4319/t?a=b:c',
    '/t?at=1:2',
    './t',
    '//shop.example/t',
  ])
    expect(intake({ url }).target).not.toContain('?');
  expect(agent().target).toBe('http://127.0.0.1:8126');
  expect(datadogRules().decide).toBeTypeOf('function');
  checkOptions({ contextManager: undefined, sampler: undefined, batch: { scheduledDelayMillis: 0 }, spanLimits: { eventCountLimit: 0 } });
  expect(instrumentWorker({ fetch: () => new Response('ok') }, {}).fetch).toBeTypeOf('function');
  const tracing = register();
  expect(tracing.ok).toBe(true);
  await tracing.shutdown();
});

test('what servers have by default stands in the configuration, and propagators for one way by a word', async () => {
  const propagator = { inject() {}, extract: (context: unknown) => context, fields: () => [] };
  const propagation = { inject: [propagator], extractFirst: true } as never;
  const tracing = register({
    service,
    propagation,
    exporter: intake({ url: 'http://user:hidden@shop.example/t?key=hidden', token: 'hidden' }),
  });
  await tracing.shutdown();
  expect(tracing.config).toMatchObject({
    propagators: { value: { both: ['datadog', 'tracecontext', 'baggage'] }, from: 'default' },
    traceContextInjection: { value: 'all', from: 'default' },
    headerTags: { value: {}, from: 'default' },
    propagation: { value: { inject: '[{inject,extract,fields}]', extractFirst: true }, from: 'code' },
  });
  expect(JSON.stringify(tracing.config)).not.toContain('hidden');
});

test('a value that cannot be looked at is refused like any other, and a long one is cut', () => {
  const ring: unknown[] = [];
  ring.push(ring);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const value of [ring, proxy])
    expect(gives({ env: value })).toThrow('register tracing as `env` must be a string: current value is object');
  expect(gives({ tags: 'x'.repeat(1_000_000) })).toThrow(/^.{0,300}$/);
});
