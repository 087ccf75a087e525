import { expect, test } from 'vitest';
import { encodeOtlp } from '../../../../src/proxy/upstream/otlp-protobuf.ts';
import { toOtlpRequest } from '../../../../src/proxy/upstream/otlp-request.ts';
import { fullBatch } from './served.ts';

test('a span in OpenTelemetry’s terms', () => {
  const [resource, ...others] = toOtlpRequest(fullBatch()).resourceSpans;
  expect(others).toEqual([]);
  expect(Object.fromEntries(resource!.resource.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))).toEqual({
    'service.name': 'shop',
    'deployment.environment.name': 'prod',
    'service.version': '1.2',
    'telemetry.sdk.name': 'edgespan',
    'telemetry.sdk.language': 'webjs',
    'telemetry.sdk.version': '0.1.0',
  });
  const [span] = resource!.scopeSpans[0]!.spans;
  expect(span).toMatchObject({
    traceId: '66f2b52b00000000ffffffffffffffff',
    spanId: '0020000000000001',
    parentSpanId: '0000000000000007',
    name: 'GET /x',
    kind: 3,
    startTimeUnixNano: '1727211691770716123',
    endTimeUnixNano: '1727211692770716124',
    droppedEventsCount: 2,
    status: { code: 2, message: 'boom' },
    flags: 1,
    links: [
      {
        traceId: '66f2b52b000000000000000000000001',
        spanId: '000000000000000a',
        traceState: 'x=y',
        flags: 1,
        attributes: [{ key: 'a', value: { stringValue: 'b' } }],
      },
    ],
  });
  expect(Object.fromEntries(span!.attributes.map(({ key, value }) => [key, value]))).toEqual({
    'error.message': { stringValue: 'boom' },
    note: { stringValue: 'é' },
    empty: { stringValue: '' },
    'otel.flag': { stringValue: 'true' },
    n: { intValue: '-3' },
    d: { doubleValue: 0.25 },
    'http.response.status_code': { intValue: '200' },
    'operation.name': { stringValue: 'http.client.request' },
    'span.type': { stringValue: 'http' },
  });
  expect(span!.events[0]?.attributes).toEqual([
    { key: 's', value: { stringValue: 'v' } },
    { key: 'n', value: { intValue: '1' } },
    { key: 'd', value: { doubleValue: 1.5 } },
    { key: 'b', value: { boolValue: false } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
  ]);
});

test('spans of one service, env and version share a resource, others do not', () => {
  const one = fullBatch();
  const [span] = one.chunks[0]!;
  const chunks = [[span!, { ...span!, service: 'db' }, { ...span!, meta: { ...span!.meta, env: 'dev' } }, span!]];
  expect(toOtlpRequest({ ...one, chunks }).resourceSpans.map(({ scopeSpans }) => scopeSpans[0]!.spans.length)).toEqual([2, 1, 1]);
});

test.each([
  [0.5, 0],
  [-1, 0],
  [7.9, 7],
  [1e300, 0xffffffff],
  [2 ** 33, 0xffffffff],
])('a page may say that it dropped %d', (said, is) => {
  const one = fullBatch();
  const counts = { 'otel.dropped_attributes_count': said, 'otel.dropped_events_count': said, 'otel.dropped_links_count': said };
  const chunks = [[{ ...one.chunks[0]![0]!, metrics: counts }]];
  const [span] = toOtlpRequest({ ...one, chunks }).resourceSpans[0]!.scopeSpans[0]!.spans;
  expect([span?.droppedAttributesCount, span?.droppedEventsCount, span?.droppedLinksCount]).toEqual([is, is, is]);
  expect(encodeOtlp(toOtlpRequest({ ...one, chunks })).length).toBeGreaterThan(100);
});

test('a span that ends after the last nanosecond of 64 bits ends there', () => {
  const one = fullBatch();
  const late = { ...one.chunks[0]![0]!, startSeconds: 18_446_744_073, startNanos: 709_551_615 };
  const [span] = toOtlpRequest({ ...one, chunks: [[late]] }).resourceSpans[0]!.scopeSpans[0]!.spans;
  expect([span?.startTimeUnixNano, span?.endTimeUnixNano]).toEqual(['18446744073709551615', '18446744073709551615']);
});

test('no key comes twice: a text wins over a number, an own status code over the old name’s, and the span’s fields over tags', () => {
  const one = fullBatch();
  const [span] = one.chunks[0]!;
  const meta = { env: 'prod', n: 'text', 'http.status_code': '404', 'operation.name': 'tag', 'span.type': 'tag', toString: 'own' };
  const metrics = { n: 1, 'http.response.status_code': 404, 'span.type': 2, valueOf: 3 };
  const [resource] = toOtlpRequest({ ...one, chunks: [[{ ...span!, meta, metrics }]] }).resourceSpans;
  expect(resource!.scopeSpans[0]!.spans[0]!.attributes.map(({ key, value }) => [key, ...Object.values(value)]).sort()).toEqual([
    ['http.response.status_code', '404'],
    ['n', 'text'],
    ['operation.name', 'http.client.request'],
    ['span.type', 'http'],
    ['toString', 'own'],
    ['valueOf', '3'],
  ]);
});
