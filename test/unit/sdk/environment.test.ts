import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadOptions } from '../../../src/sdk/configuration.ts';
import { mergeOptions } from '../../../src/sdk/configuration.ts';
import { createEnvironment } from '../../../src/sdk/environment.ts';
import { environmentRows } from '../../../src/sdk/environment-variables.ts';
import type { TracingOptions } from '../../../src/sdk/options.ts';
import { alwaysOn } from '../../../src/trace/sampler.ts';

type Variables = Record<string, string>;

let told: string[] = [];

beforeEach(() => {
  told = [];
  const silent = (): void => {};
  const warn = (message: string): void => {
    told.push(message);
  };
  diag.setLogger({ error: silent, warn, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
});
afterEach(() => diag.disable());

function read(variables: Variables, code?: TracingOptions): ReadOptions {
  return createEnvironment((name) => (Object.hasOwn(variables, name) ? variables[name] : undefined)).read(code);
}

test('nothing set is nothing said', () => {
  expect(read({})).toEqual({ options: {}, from: {}, shown: {} });
  expect(read(Object.fromEntries(environmentRows().flatMap(({ variables }) => Object.keys(variables).map((name) => [name, ' ']))))).toEqual(
    {
      options: { propagators: expect.any(Array) },
      from: { propagators: 'DD_TRACE_BAGGAGE_TAG_KEYS' },
      shown: { propagators: { both: ['datadog', 'tracecontext', 'baggage'], tagKeys: [] } },
    },
  );
  expect(told).toEqual([]);
});

const resource = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=res,deployment.environment=staging,service.version=9,team=a%20b' };

// Plain values: variables, what comes out, from where.
const plain: [variables: Variables, options: object, from: Variables][] = [
  [{ DD_SERVICE: ' shop ' }, { service: 'shop' }, { service: 'DD_SERVICE' }],
  [
    { OTEL_SERVICE_NAME: 'otel', ...resource, DD_ENV: 'prod', DD_VERSION: '1' },
    { service: 'otel', env: 'prod', version: '1', tags: { team: 'a b' } },
    { service: 'OTEL_SERVICE_NAME', env: 'DD_ENV', version: 'DD_VERSION', tags: 'OTEL_RESOURCE_ATTRIBUTES' },
  ],
  [
    resource,
    { service: 'res', env: 'staging', version: '9', tags: { team: 'a b' } },
    {
      service: 'OTEL_RESOURCE_ATTRIBUTES',
      env: 'OTEL_RESOURCE_ATTRIBUTES',
      version: 'OTEL_RESOURCE_ATTRIBUTES',
      tags: 'OTEL_RESOURCE_ATTRIBUTES',
    },
  ],
  [{ DD_SERVICE: 'dd', OTEL_SERVICE_NAME: 'otel' }, { service: 'dd' }, { service: 'DD_SERVICE' }],
  [
    { DD_TAGS: 'service:t,env:e,version:v,a:1', OTEL_SERVICE_NAME: 'otel' },
    { service: 't', env: 'e', version: 'v', tags: { a: '1' } },
    { service: 'DD_TAGS', env: 'DD_TAGS', version: 'DD_TAGS', tags: 'DD_TAGS' },
  ],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=new,deployment.environment=old' },
    { env: 'new' },
    { env: 'OTEL_RESOURCE_ATTRIBUTES' },
  ],
  [{ DD_TRACE_ENABLED: 'false' }, { enabled: false }, { enabled: 'DD_TRACE_ENABLED' }],
  [{ DD_TRACE_ENABLED: '1', OTEL_TRACES_EXPORTER: 'none' }, { enabled: true }, { enabled: 'DD_TRACE_ENABLED' }],
  [{ OTEL_TRACES_EXPORTER: 'none' }, { enabled: false }, { enabled: 'OTEL_TRACES_EXPORTER' }],
  [{ DD_TRACE_OTEL_ENABLED: '0' }, { enabled: false }, { enabled: 'DD_TRACE_OTEL_ENABLED' }],
  [{ OTEL_SDK_DISABLED: 'true' }, { enabled: false }, { enabled: 'OTEL_SDK_DISABLED' }],
  [{ OTEL_SDK_DISABLED: 'true', DD_TRACE_OTEL_ENABLED: 'True' }, { enabled: true }, { enabled: 'DD_TRACE_OTEL_ENABLED' }],
  [{ DD_TRACE_ENABLED: 'false', DD_TRACE_OTEL_ENABLED: 'true' }, { enabled: false }, { enabled: 'DD_TRACE_ENABLED' }],
  [{ DD_TRACE_ENABLED: 'true', OTEL_SDK_DISABLED: 'true' }, { enabled: false }, { enabled: 'OTEL_SDK_DISABLED' }],
  [{ DD_TRACE_DEBUG: 'true' }, { debug: true }, { debug: 'DD_TRACE_DEBUG' }],
  [{ DD_TRACE_DEBUG: 'false', OTEL_LOG_LEVEL: 'debug' }, { debug: false }, { debug: 'DD_TRACE_DEBUG' }],
  [{ OTEL_LOG_LEVEL: 'DEBUG' }, { debug: true }, { debug: 'OTEL_LOG_LEVEL' }],
  [{ OTEL_LOG_LEVEL: 'info' }, {}, {}],
  [{ DD_TRACE_SAMPLE_RATE: '.25', OTEL_TRACES_SAMPLER: 'always_on' }, { sampleRate: 0.25 }, { sampleRate: 'DD_TRACE_SAMPLE_RATE' }],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, { sampleRate: 0 }, { sampleRate: 'OTEL_TRACES_SAMPLER' }],
  [{ OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: '0.5' }, { sampleRate: 1 }, { sampleRate: 'OTEL_TRACES_SAMPLER' }],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }, { sampleRate: 0.5 }, { sampleRate: 'OTEL_TRACES_SAMPLER' }],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, { sampleRate: 1 }, { sampleRate: 'OTEL_TRACES_SAMPLER' }],
  [{ OTEL_TRACES_SAMPLER_ARG: '0.5' }, {}, {}],
  [{ DD_TRACE_RATE_LIMIT: '5' }, {}, {}],
  [
    { DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED: 'false' },
    { traceIdBits: 64 },
    { traceIdBits: 'DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED' },
  ],
  [
    { DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED: 'true' },
    { traceIdBits: 128 },
    { traceIdBits: 'DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED' },
  ],
  [
    { DD_TRACE_HEADER_TAGS: 'User-Agent:agent, X-B ,' },
    { headerTags: { 'user-agent': 'agent', 'x-b': '' } },
    { headerTags: 'DD_TRACE_HEADER_TAGS' },
  ],
  [
    { DD_TRACE_FLUSH_INTERVAL: '100', OTEL_BSP_SCHEDULE_DELAY: '200', OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5' },
    { batch: { scheduledDelayMillis: 100, maxQueueSize: 10, maxExportBatchSize: 5 } },
    { batch: 'DD_TRACE_FLUSH_INTERVAL, OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BSP_MAX_EXPORT_BATCH_SIZE' },
  ],
  [{ OTEL_BSP_SCHEDULE_DELAY: '200' }, { batch: { scheduledDelayMillis: 200 } }, { batch: 'OTEL_BSP_SCHEDULE_DELAY' }],
  [
    {
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '7',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '2',
      OTEL_SPAN_LINK_COUNT_LIMIT: '3',
    },
    { spanLimits: { attributeCountLimit: 1, eventCountLimit: 2, linkCountLimit: 3 } },
    { spanLimits: 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT, OTEL_SPAN_LINK_COUNT_LIMIT' },
  ],
  [
    {
      OTEL_ATTRIBUTE_COUNT_LIMIT: '7',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '4',
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '5',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '6',
    },
    { spanLimits: { attributeCountLimit: 7, attributePerEventCountLimit: 4, attributePerLinkCountLimit: 5, attributeValueBytesLimit: 6 } },
    {
      spanLimits:
        'OTEL_ATTRIBUTE_COUNT_LIMIT, OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    },
  ],
];

test.each(plain)('%j', (variables, options, from) => {
  expect(read(variables)).toEqual({ options, from, shown: {} });
  expect(told).toEqual([]);
});

const exporters: [variables: Variables, kind: string | undefined, target: string | undefined, from: string | undefined][] = [
  [
    { EDGESPAN_INTAKE_URL: 'https://in.example/t', EDGESPAN_INTAKE_TOKEN: 'secret', DD_TRACE_AGENT_URL: 'http://a:1' },
    'intake',
    'https://in.example/t',
    'EDGESPAN_INTAKE_URL',
  ],
  [{ EDGESPAN_INTAKE_TOKEN: 'secret' }, undefined, undefined, undefined],
  [{ DD_TRACE_AGENT_URL: 'http://a:1/', DD_AGENT_HOST: 'b' }, 'agent', 'http://a:1', 'DD_TRACE_AGENT_URL'],
  [{ DD_AGENT_HOST: 'b' }, 'agent', 'http://b:8126', 'DD_AGENT_HOST'],
  [{ DD_AGENT_HOST: '::1', DD_TRACE_AGENT_PORT: '9' }, 'agent', 'http://[::1]:9', 'DD_AGENT_HOST, DD_TRACE_AGENT_PORT'],
  [{ DD_TRACE_AGENT_PORT: '9' }, 'agent', 'http://127.0.0.1:9', 'DD_TRACE_AGENT_PORT'],
];

test.each(exporters)('exporter by %j', (variables, kind, target, from) => {
  const { options, from: said, shown } = read(variables);
  expect(options.exporter?.kind).toBe(kind);
  expect(options.exporter?.target).toBe(target);
  expect(said['exporter']).toBe(from);
  expect(JSON.stringify([said, shown, told])).not.toContain('secret');
  expect(told).toEqual([]);
});

test('rules, rate, limit and span rules become one sampling, the rate last', () => {
  const rules = '[{"service":"a*","name":"n","resource":"r","tags":{"k":1},"sample_rate":0.5},{"sample_rate":0}]';
  const all = {
    DD_TRACE_SAMPLING_RULES: rules,
    DD_TRACE_SAMPLE_RATE: '0.1',
    DD_TRACE_RATE_LIMIT: '-1',
    DD_SPAN_SAMPLING_RULES: '[{"name":"x","max_per_second":2}]',
  };
  const { options, from, shown } = read(all);
  expect(options).toEqual({ sampling: { decide: expect.any(Function), sampleSpan: expect.any(Function) } });
  expect(from).toEqual({ sampling: 'DD_TRACE_SAMPLING_RULES, DD_TRACE_SAMPLE_RATE, DD_TRACE_RATE_LIMIT, DD_SPAN_SAMPLING_RULES' });
  expect(shown?.['sampling']).toEqual({
    rules: [{ service: 'a*', name: 'n', resource: 'r', tags: { k: '1' }, sampleRate: 0.5 }, { sampleRate: 0 }, { sampleRate: 0.1 }],
    rateLimit: -1,
    spanRules: [{ name: 'x', maxPerSecond: 2, sampleRate: 1 }],
  });
  expect(read({ DD_TRACE_SAMPLE_RATE: '0.1', DD_TRACE_RATE_LIMIT: '7' }).shown?.['sampling']).toEqual({
    rules: [{ sampleRate: 0.1 }],
    rateLimit: 7,
  });
  expect(told).toEqual([]);
});

test('propagation styles, for both ways and for one', () => {
  const styles = (list: readonly { fields(): string[] }[] | undefined): (string | undefined)[] | undefined =>
    list?.map((one) => one.fields()[0]);
  const both = read({ DD_TRACE_PROPAGATION_STYLE: 'tracecontext, B3', OTEL_PROPAGATORS: 'none' });
  expect(styles(both.options.propagators)).toEqual(['traceparent', 'b3']);
  expect(styles(read({ OTEL_PROPAGATORS: 'b3multi' }).options.propagators)).toEqual(['x-b3-traceid']);
  expect(read({ OTEL_PROPAGATORS: 'none' }).options.propagators).toEqual([]);
  const ways = read({
    DD_TRACE_PROPAGATION_STYLE_INJECT: 'none',
    DD_TRACE_PROPAGATION_STYLE_EXTRACT: 'datadog',
    DD_TRACE_PROPAGATION_EXTRACT_FIRST: 'true',
    DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: 'Restart',
  });
  expect(ways.options.propagators).toBeUndefined();
  expect(ways.options.propagation).toMatchObject({ inject: [], extractFirst: true, behaviorExtract: 'restart' });
  expect(styles(ways.options.propagation?.extract)).toEqual(['x-datadog-trace-id']);
  expect(ways.from['propagation']?.split(', ')).toHaveLength(4);
  expect(told).toEqual([]);
});

// Bad values: one warning with variable, value and what is used.
const bad: [name: string, value: string, used: string][] = [
  ['OTEL_RESOURCE_ATTRIBUTES', 'team', 'none'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=%', 'none'],
  ['DD_TRACE_ENABLED', 'perhaps', 'true'],
  ['OTEL_TRACES_EXPORTER', 'otlp', 'true'],
  ['DD_TRACE_OTEL_ENABLED', 'yes', 'true'],
  ['OTEL_SDK_DISABLED', 'nope', 'true'],
  ['DD_TRACE_DEBUG', '2', 'false'],
  ['EDGESPAN_INTAKE_URL', '/t', 'the Agent'],
  ['EDGESPAN_INTAKE_URL', 'ftp://a/t', 'the Agent'],
  ['DD_TRACE_AGENT_URL', 'unix:///var/run/datadog/apm.socket', 'DD_AGENT_HOST, as only http reaches an Agent from here'],
  ['DD_AGENT_HOST', 'a/b', '127.0.0.1'],
  ['DD_AGENT_HOST', 'a b', '127.0.0.1'],
  ['DD_TRACE_AGENT_PORT', '65536', '8126'],
  ['DD_TRACE_AGENT_PORT', '8126/x', '8126'],
  ['DD_TRACE_SAMPLE_RATE', '1.5', 'none'],
  ['DD_TRACE_SAMPLE_RATE', '-0.1', 'none'],
  ['DD_TRACE_SAMPLE_RATE', 'NaN', 'none'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'none'],
  ['DD_TRACE_SAMPLING_RULES', '{', 'none'],
  ['DD_TRACE_SAMPLING_RULES', '{}', 'none'],
  ['DD_TRACE_SAMPLING_RULES', '[null]', 'none'],
  ['DD_TRACE_SAMPLING_RULES', '[{"sample_rate":2}]', 'none'],
  ['DD_TRACE_SAMPLING_RULES', '[{"service":7,"sample_rate":1}]', 'none'],
  ['DD_TRACE_SAMPLING_RULES', '[{"tags":[],"sample_rate":1}]', 'none'],
  ['DD_SPAN_SAMPLING_RULES', '[{"max_per_second":"2"}]', 'none'],
  ['DD_TRACE_RATE_LIMIT', 'many', '100'],
  ['DD_TRACE_RATE_LIMIT', '-2', '100'],
  ['DD_TRACE_PROPAGATION_STYLE', 'xray', 'datadog,tracecontext,baggage'],
  ['DD_TRACE_PROPAGATION_STYLE', 'xray,b3', 'b3'],
  ['OTEL_PROPAGATORS', ',', 'datadog,tracecontext,baggage'],
  ['DD_TRACE_PROPAGATION_STYLE_INJECT', 'toString', 'those for both ways'],
  ['DD_TRACE_PROPAGATION_STYLE_EXTRACT', '__proto__', 'those for both ways'],
  ['DD_TRACE_PROPAGATION_EXTRACT_FIRST', 'x', 'false'],
  ['DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT', 'stop', 'continue'],
  ['DD_TRACE_BAGGAGE_MAX_ITEMS', '-1', '64'],
  ['DD_TRACE_BAGGAGE_MAX_BYTES', '1.5', '8192'],
  ['DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH', '513', '512'],
  ['DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED', '64', '128'],
  ['DD_TRACE_HEADER_TAGS', 'a b:c', 'none'],
  ['DD_TRACE_FLUSH_INTERVAL', '2s', '5000'],
  ['OTEL_BSP_SCHEDULE_DELAY', '-1', '5000'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', '0', '32768, in Workers 4096'],
  ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '513', '512'],
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'x', '128'],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', 'x', '128'],
  ['OTEL_SPAN_LINK_COUNT_LIMIT', 'x', '128'],
  ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'x', '128'],
  ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'x', '128'],
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '99999999999999999999', '25000'],
];

test.each(bad)('%s=%s is told', (name, value, used) => {
  const { options } = read({ [name]: value });
  expect(told).toEqual([`edgespan: ${name} is not understood: current value is '${value}', used is ${used}`]);
  if (used !== 'b3') expect(options).toEqual({});
});

test('a bad value of DD_ does not fall back to OTEL_', () => {
  const { options } = read({ DD_TRACE_SAMPLE_RATE: 'x', OTEL_TRACES_SAMPLER: 'always_off' });
  expect(options).toEqual({});
  expect(told).toHaveLength(1);
});

test('a bad argument of a sampler is told by its own name', () => {
  expect(read({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'x' }).options).toEqual({ sampleRate: 1 });
  expect(told).toEqual(["edgespan: OTEL_TRACES_SAMPLER_ARG is not understood: current value is 'x', used is 1"]);
});

test('a password in an address is not shown', () => {
  read({ DD_TRACE_AGENT_URL: 'http://me:pass@a:8126', EDGESPAN_INTAKE_URL: 'https://token@in.example/t' });
  expect(told).toHaveLength(2);
  expect(told.join()).not.toMatch(/pass|token@/);
});

test('an environment that throws counts as empty and is told once', () => {
  const hostile = createEnvironment(() => {
    throw new Error('denied');
  });
  expect(hostile.read()).toEqual({ options: {}, from: {}, shown: {} });
  expect(told).toEqual(['edgespan: the environment cannot be read']);
  expect(createEnvironment(() => 7 as never).read().options).toEqual({});
});

test('any text in any variable ends in options that registration takes', () => {
  const names = environmentRows().flatMap(({ variables }) => Object.keys(variables));
  for (const text of [
    '%',
    '[]',
    '[[]]',
    'null',
    '{"__proto__":1}',
    ':',
    '=',
    '__proto__=1',
    '__proto__:1',
    '0',
    '1e9',
    ']',
    '\u0000',
    'x'.repeat(1e5),
  ]) {
    for (const name of names) expect(() => read({ [name]: text })).not.toThrow();
  }
  for (const message of told) expect(message.length).toBeLessThan(400);
});

test('with a sampler in code the sampling variables are ignored, told once', () => {
  const variables = { DD_TRACE_SAMPLING_RULES: '[{"sample_rate":0}]', DD_TRACE_SAMPLE_RATE: '0.1', DD_SERVICE: 'a' };
  const { options, shown } = read(variables, { sampler: alwaysOn() });
  expect(options).toEqual({ service: 'a' });
  expect(shown).toEqual({});
  expect(told).toEqual(['edgespan: DD_TRACE_SAMPLING_RULES, DD_TRACE_SAMPLE_RATE ignored, as `sampler` is given in code']);
});

test('the same option in code wins in silence', () => {
  expect(read({ DD_TRACE_SAMPLE_RATE: '0.1' }, { sampleRate: 1 }).options).toEqual({});
  expect(told).toEqual([]);
});

test('propagators in code rule out styles of variables, not what becomes of a trace that comes in', () => {
  const variables = { DD_TRACE_PROPAGATION_STYLE_INJECT: 'b3', DD_TRACE_PROPAGATION_EXTRACT_FIRST: 'true', OTEL_PROPAGATORS: 'b3' };
  const { options, shown } = read(variables, { propagators: [] });
  expect(options.propagation).toEqual({ extractFirst: true });
  expect(shown).toEqual({ propagation: { extractFirst: true } });
});

test('code wins over the environment, groups by name', () => {
  const environment = read({ DD_SERVICE: 'env', DD_ENV: 'prod', DD_TAGS: 'a:1,b:2', OTEL_BSP_MAX_QUEUE_SIZE: '5' });
  const { options, from } = mergeOptions(
    { service: 'code', tags: { b: '3' }, batch: { scheduledDelayMillis: 1 }, env: undefined },
    environment,
  );
  expect(options).toEqual({ service: 'code', env: 'prod', tags: { a: '1', b: '3' }, batch: { maxQueueSize: 5, scheduledDelayMillis: 1 } });
  expect(from).toEqual({ service: 'code', env: 'DD_ENV', tags: 'DD_TAGS, code', batch: 'OTEL_BSP_MAX_QUEUE_SIZE, code' });
});
