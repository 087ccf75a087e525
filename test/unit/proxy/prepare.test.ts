import { expect, test } from 'vitest';
import type { DatadogChunk } from '../../../src/datadog/datadog-span.ts';
import type { AuthGrant } from '../../../src/proxy/options.ts';
import { prepare } from '../../../src/proxy/prepare.ts';
import { readPayload } from '../../../src/proxy/validate.ts';
import { redact } from '../../../src/redact/redact.ts';

const events = JSON.stringify(
  JSON.stringify([
    { name: 'exception', time_unix_nano: 1, attributes: { 'exception.message': 'mail a@b.example', list: ['https://x.example/?a=1', 2] } },
  ]),
);
const links = JSON.stringify(JSON.stringify([{ trace_id: '1', span_id: '2', attributes: { password: 'x' } }]));
const chunk = (): DatadogChunk => {
  const text = `[[{"service":"shop","resource":"GET /a?b=c","trace_id":5,"span_id":7,"start":1795477916860123047,"duration":1,"meta":{"events":${events},"_dd.span_links":${links},"env":"x","_dd.hostname":"h","http.url":"https://u:p@a.example/?q=1"},"metrics":{"_sampling_priority_v1":2,"_sample_rate":0.001}}]]`;
  return (readPayload(new TextEncoder().encode(text), 1, 1_795_477_916_860) as DatadogChunk[])[0]!;
};

test('a page’s spans: internal tags by the list, secrets out, also of events and links', () => {
  const one = chunk();
  expect(prepare([one], {}, { redact: redact(), redactServers: false })).toBe(0);
  expect(one[0]).toMatchObject({
    resource: 'GET /a?b=?',
    meta: { 'http.url': 'https://a.example/?q=?', env: 'x', '_dd.p.dm': '-0' },
    metrics: { _sampling_priority_v1: 1 },
    events: [{ name: 'exception', attributes: { 'exception.message': 'mail ?', list: ['https://x.example/?a=?', 2] } }],
    links: [{ attributes: { password: '?' } }],
  });
  expect(Object.keys(one[0]!.meta)).not.toContain('_dd.hostname');
  expect(Object.keys(one[0]!.metrics)).toEqual(['_sampling_priority_v1']);
});

test('a server’s token keeps what it says, secrets too; service, env and version are the token’s', () => {
  const one = chunk();
  const grant = { isServer: true, service: 'orders', env: 'prod', version: '2' };
  prepare([one], grant, { redact: redact(), redactServers: false });
  expect(one[0]).toMatchObject({
    service: 'orders',
    resource: 'GET /a?b=c',
    meta: { env: 'prod', version: '2', '_dd.hostname': 'h', 'http.url': 'https://u:p@a.example/?q=1' },
    metrics: { _sampling_priority_v1: 2, _sample_rate: 0.001 },
  });
});

test('asked to, secrets are taken out of what a server says as well', () => {
  const one = chunk();
  prepare([one], { isServer: true }, { redact: redact(), redactServers: true });
  expect(one[0]).toMatchObject({ resource: 'GET /a?b=?', meta: { '_dd.hostname': 'h', 'http.url': 'https://a.example/?q=?' } });
});

test('no more events and links of a span than its tracer may keep, a server’s as well', () => {
  for (const grant of [{}, { isServer: true }]) {
    const one = chunk();
    one[0]!.meta['events'] = JSON.stringify(Array.from({ length: 300 }, (_, index) => ({ name: `e${index}`, time_unix_nano: 1 })));
    one[0]!.meta['_dd.span_links'] = JSON.stringify(Array.from({ length: 130 }, () => ({ trace_id: '1', span_id: '2' })));
    expect(prepare([one], grant, { redact: redact(), redactServers: false })).toBe(0);
    expect([one[0]!.events?.length, one[0]!.links?.length]).toEqual([128, 128]);
    expect(one[0]!.metrics).toMatchObject({ 'otel.dropped_events_count': 172, 'otel.dropped_links_count': 2 });
  }
});

/** Spans of one trace as they are read. */
const read = (...spans: object[]): DatadogChunk[] => {
  const text = JSON.stringify([spans.map((span, index) => ({ trace_id: 5, span_id: index + 1, start: '@', duration: 1, ...span }))]);
  const bytes = new TextEncoder().encode(text.replaceAll('"@"', '1795477916860123047'));
  return readPayload(bytes, spans.length, 1_795_477_916_860) as DatadogChunk[];
};
const redacting = { redact: redact(), redactServers: false };

test('a token’s env and version stand behind any number of tags', () => {
  const chunks = read({ meta: Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, 'v'])) });
  prepare(chunks, { env: 'prod', version: '2' }, redacting);
  expect(chunks[0]![0]!.meta).toMatchObject({ env: 'prod', version: '2', k511: 'v' });
  expect(chunks[0]![0]!.meta).not.toHaveProperty('k512');
});

test('secrets go out of names and of a link’s trace state, too; what a token says stays', () => {
  const secret = `ghp_${'A1b2'.repeat(9)}`;
  const traceState = `dd=s:1;o:rum;p:0123456789abcdef;t.dm:-3,fw529a3039@dt=FfffffF0,ot=th:8,congo=t61rcWkgMzE`;
  const links = [`${traceState},v=${secret}`, traceState, Array.from({ length: 60 }, (_, index) => `v${index}=abcdefg`).join()];
  const chunks = read({
    name: `GET ${secret}`,
    service: secret,
    type: secret,
    span_links: links.map((tracestate) => ({ trace_id: 1, span_id: 2, tracestate })),
  });
  prepare(chunks, {}, redacting);
  const one = chunks[0]![0]!;
  expect(one).toMatchObject({ name: 'GET ?', service: '?', type: '?' });
  expect(one.links!.map((link) => link.traceState)).toEqual([
    `${traceState},v=?`,
    traceState,
    links[2]!.slice(0, links[2]!.indexOf(',v43=')),
  ]);
  expect(one.links![2]!.traceState!.length).toBeLessThanOrEqual(512);
  const held = read({ service: 'x' });
  prepare(held, { service: secret, env: secret }, redacting);
  expect(held[0]![0]).toMatchObject({ service: secret, meta: { env: secret } });
});

test('under a token’s service no page counts for another one', () => {
  const baseOf = (base: string, grant: AuthGrant): string | undefined => {
    const chunks = read({ service: 'x', meta: { '_dd.base_service': base } });
    prepare(chunks, grant, redacting);
    return chunks[0]![0]!.meta['_dd.base_service'];
  };
  expect(baseOf('billing', { service: 'Shop-Web' })).toBeUndefined();
  expect(baseOf('shop-web', { service: 'Shop-Web' })).toBe('shop-web');
  expect(baseOf('billing', {})).toBe('billing');
  expect(baseOf('billing', { service: 'orders', isServer: true })).toBe('billing');
});

test('ids that look like a card’s number stay', () => {
  const chunks = read({ meta: { '_dd.p.tid': '4111111111111111', '_dd.parent_id': '4111111111111111', card: '4111111111111111' } });
  prepare(chunks, {}, redacting);
  expect(chunks[0]![0]!.meta).toMatchObject({ '_dd.p.tid': '4111111111111111', '_dd.parent_id': '4111111111111111', card: '?' });
});

const large = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`k${index}`, `${index} lorem `.repeat(2_500).slice(0, 20_000)]));

test('a span above 256 KiB is left out and counted, its neighbours are not; tags of the trace go on to the next one', () => {
  const tags = { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-3' };
  const chunks = [
    ...read({ meta: { ...large, ...tags }, metrics: { _sampling_priority_v1: 1 } }, { meta: { a: 'b' } }, {}),
    ...read({ meta: large }),
  ];
  expect(prepare(chunks, {}, redacting)).toBe(2);
  expect(chunks.map((one) => one.map((span) => span.spanLow))).toEqual([[2, 3]]);
  expect(chunks[0]![0]).toMatchObject({ meta: { a: 'b', ...tags }, metrics: { _sampling_priority_v1: 1 } });
  expect(chunks[0]![1]!.meta).toEqual({});
});

test('a span is measured as it will be printed, also where escapes make it larger', () => {
  const meta = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`k${index}`, '\u0001'.repeat(24_000)]));
  expect(prepare(read({ meta }), {}, redacting)).toBe(1);
  const within = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`k${index}`, 'a'.repeat(24_000)]));
  expect(prepare(read({ meta: within }), {}, redacting)).toBe(0);
});

test('of events that are too large where they are typed, the oldest are left out and counted', () => {
  const event = (index: number): object => ({
    name: `e${index}`,
    time_unix_nano: index,
    attributes: { a: { type: 0, string_value: 'x'.repeat(9_000) } },
  });
  const chunks = read({ span_events: Array.from({ length: 40 }, (_, index) => event(index)) });
  expect(prepare(chunks, { isServer: true }, redacting)).toBe(0);
  expect(chunks[0]![0]!.events?.map(({ name }) => name)).toEqual(['e38', 'e39']);
  expect(chunks[0]![0]!.metrics['otel.dropped_events_count']).toBe(38);
});
