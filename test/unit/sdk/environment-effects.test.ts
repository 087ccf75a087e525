// What variables do: from `process.env` through a real registration to headers, and to what an Agent gets.
import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { instrument, register, type TracingHandle } from 'edgespan/node';
import { afterEach, expect, test, vi } from 'vitest';
import type { DatadogSpan } from '../../../src/datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../../../src/datadog/decode.ts';
import type { TracingOptions } from '../../../src/sdk/options.ts';

let tracing: TracingHandle | undefined;
let sent: { url: string; spans: DatadogSpan[] }[] = [];

afterEach(async () => {
  await tracing?.shutdown();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  sent = [];
});

const agentUrl = 'http://agent.test:8126';

function registerWith(variables: Record<string, string>, options: TracingOptions = {}): TracingHandle {
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const chunks = init.body ? decodeTraces(new Uint8Array(await new Response(init.body).arrayBuffer())) : [];
    if (isRefusal(chunks)) throw new Error(chunks.error);
    sent.push({ url, spans: chunks.flat() });
    return new Response('{}', { status: 200 });
  });
  for (const [name, value] of Object.entries({ DD_TRACE_AGENT_URL: agentUrl, ...variables })) vi.stubEnv(name, value);
  tracing = register({ instrumentations: [], ...options });
  return tracing;
}

async function spansSent(): Promise<DatadogSpan[]> {
  await tracing?.forceFlush();
  return sent.flatMap(({ spans }) => spans);
}

const tracer = () => trace.getTracer('test');

function headersOf(traceparent?: string): Record<string, string> {
  const parent = propagation.extract(ROOT_CONTEXT, traceparent ? { traceparent } : {});
  const span = tracer().startSpan('a', {}, parent);
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(parent, span), headers);
  span.end();
  return headers;
}

test('service, tags and Agent by variables, with code in front', async () => {
  const { config } = registerWith({ DD_SERVICE: 'env', DD_ENV: 'prod', DD_TAGS: 'team:web,version:3' }, { service: 'shop' });
  expect(config['service']).toEqual({ value: 'shop', from: 'code' });
  expect(config['env']).toEqual({ value: 'prod', from: 'DD_ENV' });
  expect(config['version']).toEqual({ value: '3', from: 'DD_TAGS' });
  expect(config['exporter']).toEqual({ value: agentUrl, from: 'DD_TRACE_AGENT_URL' });
  tracer().startSpan('a').end();
  const [span] = await spansSent();
  expect(sent.at(-1)?.url).toBe(`${agentUrl}/v0.4/traces`);
  expect(span).toMatchObject({ service: 'shop', meta: { env: 'prod', team: 'web', version: '3' } });
});

test.each(['DD_TRACE_ENABLED', 'DD_TRACE_OTEL_ENABLED'])('%s=false switches off', (name) => {
  const { ok, reason } = registerWith({ [name]: 'false' });
  expect(ok).toBe(false);
  expect(reason).toContain(name);
  expect(tracer().startSpan('a').isRecording()).toBe(false);
});

test('rules and rate limit decide', async () => {
  const { config } = registerWith({ DD_TRACE_SAMPLING_RULES: '[{"resource":"health*","sample_rate":0}]', DD_TRACE_SAMPLE_RATE: '1' });
  expect(config['sampling']).toEqual({
    value: { rules: [{ resource: 'health*', sampleRate: 0 }, { sampleRate: 1 }] },
    from: 'DD_TRACE_SAMPLING_RULES, DD_TRACE_SAMPLE_RATE',
  });
  tracer().startSpan('health/live').end();
  tracer().startSpan('a').end();
  const priorities = (await spansSent()).map(({ resource, metrics }) => [resource, metrics['_sampling_priority_v1']]);
  expect(priorities).toEqual([
    ['health/live', -1],
    ['a', 2],
  ]);
});

test('a span of a trace that is not kept is kept by its own rule', async () => {
  registerWith({ DD_TRACE_SAMPLE_RATE: '0', DD_SPAN_SAMPLING_RULES: '[{"service":"s"}]', DD_SERVICE: 's' });
  tracer().startSpan('a').end();
  const [span] = await spansSent();
  expect(span?.metrics).toMatchObject({ _sampling_priority_v1: -1, '_dd.span_sampling.mechanism': 8 });
});

test('styles are injected and extracted as named', () => {
  registerWith({ DD_TRACE_PROPAGATION_STYLE_INJECT: 'b3', DD_TRACE_PROPAGATION_STYLE_EXTRACT: 'tracecontext' });
  const headers = headersOf('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  expect(Object.keys(headers)).toEqual(['b3']);
  expect(headers['b3']).toContain('0af7651916cd43dd8448eb211c80319c');
});

test('a trace that comes in is restarted with a link', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  registerWith({ DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT: 'restart' });
  expect(headersOf(`00-${traceId}-b7ad6b7169203331-01`)['traceparent']).not.toContain(traceId);
  const [span] = await spansSent();
  expect(span?.meta['_dd.span_links']).toContain(traceId);
  expect(span?.meta['_dd.span_links']).toContain('propagation_behavior_extract');
});

test('without variables the styles are Datadog’s three', () => {
  registerWith({});
  expect(propagation.fields()).toEqual(expect.arrayContaining(['x-datadog-trace-id', 'traceparent', 'baggage']));
});

test('DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED=false makes ids of 64 bits', async () => {
  registerWith({ DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED: 'false' });
  const span = tracer().startSpan('a');
  expect(span.spanContext().traceId).toMatch(/^0{16}[\da-f]{16}$/);
  span.end();
  const [first] = await spansSent();
  expect(first?.meta['_dd.p.tid']).toBeUndefined();
});

test('baggage that comes in becomes tags by its keys', async () => {
  registerWith({ DD_TRACE_BAGGAGE_TAG_KEYS: 'plan' });
  const carrier = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'plan=gold,user.id=7' };
  tracer().startSpan('a', {}, propagation.extract(ROOT_CONTEXT, carrier)).end();
  const [span] = await spansSent();
  expect(span?.meta).toMatchObject({ 'baggage.plan': 'gold' });
  expect(span?.meta).not.toHaveProperty('baggage.user.id');
});

test('headers of requests and responses become tags', async () => {
  registerWith({ DD_TRACE_HEADER_TAGS: 'X-Tenant:tenant,x-cache' });
  const handler = instrument(async ({ url }: Request) => new Response(url, { headers: { 'x-cache': 'HIT' } }));
  await handler(new Request('http://shop.test/', { headers: { 'x-tenant': 'acme', 'x-cache': 'no' } }));
  const [span] = await spansSent();
  expect(span?.meta).toMatchObject({ tenant: 'acme', 'http.request.headers.x-cache': 'no', 'http.response.headers.x-cache': 'HIT' });
});

test('header tags of a handler’s own options win', async () => {
  registerWith({ DD_TRACE_HEADER_TAGS: 'x-tenant:tenant' });
  const handler = instrument(async ({ url }: Request) => new Response(url), { headerTags: { 'x-tenant': 'own' } });
  await handler(new Request('http://shop.test/', { headers: { 'x-tenant': 'acme' } }));
  const [span] = await spansSent();
  expect(span?.meta).toMatchObject({ own: 'acme' });
  expect(span?.meta).not.toHaveProperty('tenant');
});

test('limits of a span', async () => {
  registerWith({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1', OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' });
  tracer()
    .startSpan('a', { attributes: { one: '12345', two: 'x' } })
    .end();
  const [span] = await spansSent();
  expect(span?.meta).toMatchObject({ one: '123' });
  expect(span?.meta).not.toHaveProperty('two');
});
