import { readFileSync } from 'node:fs';
import { createTraceState } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import type { DatadogSpan } from '../../../../src/datadog/datadog-span.ts';
import { type OtlpAttribute, type OtlpSpan, type OtlpValue, toOtlpRequest } from '../../../../src/proxy/upstream/otlp-request.ts';
import { LocalTrace } from '../../../../src/trace/local-trace.ts';
import type { SpanData } from '../../../../src/trace/span-data.ts';
import { finished, link, received } from '../../datadog/spans.ts';
import { batch } from './served.ts';

// docs/otlp.md says what a span loses on its way from OpenTelemetry over Datadog's v0.4 into OTLP. Each row goes that way here.

interface Arrived {
  /** Names of all tags on the wire before. */
  readonly wire: readonly string[];
  readonly span: OtlpSpan;
  readonly resource: readonly OtlpAttribute[];
  readonly scope: { readonly name: string; readonly version: string };
}

/** One row: what is lost, how the application said it, what a receiver finds instead. */
type Row = readonly [what: string, sent: string, arrives: string, proof: () => unknown];

/** A finished span over the wire and out again. */
function arrived(more: Partial<SpanData>, change: (span: DatadogSpan) => void = () => {}): Arrived {
  const chunks = received([finished(more)]);
  change(chunks[0]![0]!);
  const [first] = toOtlpRequest({ chunks, line: batch().line }).resourceSpans;
  const { scope, spans } = first!.scopeSpans[0]!;
  const { meta, metrics } = chunks[0]![0]!;
  return { wire: [...Object.keys(meta), ...Object.keys(metrics)], span: spans[0]!, resource: first!.resource.attributes, scope };
}

function print(value: OtlpValue | undefined): string {
  if (value === undefined) return 'nothing';
  if ('stringValue' in value) return `string ${JSON.stringify(value.stringValue)}`;
  if ('boolValue' in value) return `bool ${value.boolValue}`;
  if ('intValue' in value) return `int ${value.intValue}`;
  if ('doubleValue' in value) return `double ${value.doubleValue}`;
  return `[${value.arrayValue.values.map(print).join(', ')}]`;
}

const found = (attributes: readonly OtlpAttribute[], pattern: RegExp): string =>
  attributes
    .filter(({ key }) => pattern.test(key))
    .map(({ key, value }) => `\`${key}\`: ${print(value)}`)
    .join(', ') || 'nothing';
const attributes = (sent: SpanData['attributes'], pattern: RegExp): string => found(arrived({ attributes: sent }).span.attributes, pattern);
const event = (sent: SpanData['attributes']): Pick<SpanData, 'events'> => ({
  events: [{ name: 'e', seconds: 1_790_000_000, nanos: 1, attributes: sent, droppedAttributesCount: 4 }],
});
/** What is left of tags that are on the wire. */
function leftOf(tags: readonly string[], more: Partial<SpanData>): string {
  const { wire, span } = arrived(more);
  expect(wire).toEqual(expect.arrayContaining([...tags]));
  return found(span.attributes, /^_/);
}
/** A trace with what was decided about it. */
function traced(set: (trace: LocalTrace) => void): Partial<SpanData> {
  const trace = new LocalTrace('6b0528ce00000000', 0x0af76519, 0x16cd43dd);
  set(trace);
  return { trace };
}
const decided = (priority: number) =>
  traced((trace) => {
    trace.priority = priority;
    trace.decision = { priority, mechanism: 3, ruleRate: 0.5, limitRate: 1 };
  });
const flags = (more: Partial<SpanData>): string => `flags ${arrived(more).span.flags}`;
const status = (more: Partial<SpanData>): string => {
  const { code, message } = arrived(more).span.status;
  return `code ${code}${message && `, \`${message}\``}`;
};
const own = (tags: Record<string, string>): Partial<SpanData> => ({ resource: { service: 's', env: '', version: '', tags } });

const rows: readonly Row[] = [
  ['status OK', '`setStatus({ code: 1 })`', 'code 0', () => status({ status: 1 })],
  [
    'an error’s text, where an exception was recorded after it',
    'status `too late`, then exception `boom`',
    'code 2, `boom`',
    () => status({ status: 2, statusMessage: 'too late', exception: { type: 'Error', message: 'boom', stack: '' } }),
  ],
  ['doubles that are whole', '`1.0`', '`n`: int 1', () => attributes({ n: 1.0 }, /^n$/)],
  ['integers above 2⁵³', '`2 ** 60`', '`n`: double 1152921504606847000', () => attributes({ n: 2 ** 60 }, /^n$/)],
  ['numbers that are none', '`NaN`, `Infinity`', 'nothing', () => attributes({ a: Number.NaN, b: Number.POSITIVE_INFINITY }, /^[ab]$/)],
  ['booleans', '`flag: true`', '`flag`: string "true"', () => attributes({ flag: true }, /^flag$/)],
  ['arrays', '`list: [1, 2]`', '`list.0`: int 1, `list.1`: int 2', () => attributes({ list: [1, 2] }, /^list/)],
  ['booleans in arrays', '`list: [false]`', '`list.0`: string "false"', () => attributes({ list: [false] }, /^list/)],
  [
    'empty arrays, null in arrays',
    '`a: []`, `b: [null, 2]`',
    '`b.1`: int 2',
    () => attributes({ a: [], b: [null, 2] as number[] }, /^[ab]/),
  ],
  [
    'booleans and arrays of links',
    '`list: [true]`',
    '`list.0`: string "true"',
    () => found(arrived({ links: [link({ list: [true] })] }).span.links[0]!.attributes, /./),
  ],
  [
    'arrays of events of several types',
    '`a: [1, "x"]`',
    'nothing',
    () => found(arrived(event({ a: [1, 'x'] as never })).span.events[0]!.attributes, /./),
  ],
  [
    'null in arrays of events (empty ones stay)',
    '`a: [null, 2]`, `b: []`',
    '`a`: [int 2], `b`: []',
    () => found(arrived(event({ a: [null, 2] as never, b: [] })).span.events[0]!.attributes, /./),
  ],
  [
    'null in arrays of events, of a tracer that is not ours',
    '`a: [null, 2]`',
    '`a`: [string "", int 2]',
    () =>
      found(
        arrived(event({}), ({ events }) => Object.assign(events![0]!, { attributes: { a: [null, 2] } })).span.events[0]!.attributes,
        /./,
      ),
  ],
  [
    'how many attributes of an event were dropped',
    'dropped 4',
    'no count',
    () => ('droppedAttributesCount' in arrived(event({ a: 1 })).span.events[0]! ? 'a count' : 'no count'),
  ],
  [
    'the oldest events, above 25,000 bytes of JSON',
    'three of 10,000 bytes',
    '2, dropped 1',
    () => {
      const { span } = arrived({ events: [1, 2, 3].flatMap(() => event({ text: 'x'.repeat(10_000) }).events!) });
      return `${span.events.length}, dropped ${span.droppedEventsCount}`;
    },
  ],
  [
    'resource attributes but service, env, version and SDK (`DD_TAGS`, `OTEL_RESOURCE_ATTRIBUTES`): they are attributes of every span',
    '`team: web` on the resource',
    '`team`: string "web" on the span, nothing on the resource',
    () => {
      const { span, resource } = arrived(own({ team: 'web' }));
      return `${found(span.attributes, /^team$/)} on the span, ${found(resource, /^team$/)} on the resource`;
    },
  ],
  [
    'a service as it was written',
    '`service.name: My Shop`',
    '`service.name`: string "my_shop"',
    () => found(arrived({ attributes: { 'service.name': 'My Shop' } }).resource, /^service\.name$/),
  ],
  [
    'env and version as attributes: they are the resource’s',
    '`env: dev` on the span',
    '`deployment.environment.name`: string "dev"',
    () => found(arrived({ attributes: { env: 'dev' } }).resource, /^deployment/),
  ],
  [
    'names of Datadog’s',
    '`resource.name: r`, `operation.name: o`',
    'name `r`, `operation.name`: string "o"',
    () => {
      const { span } = arrived({ attributes: { 'resource.name': 'r', 'operation.name': 'o' } });
      return `name \`${span.name}\`, ${found(span.attributes, /^(resource|operation)\.name$/)}`;
    },
  ],
  [
    'the old name of a status code',
    '`http.status_code: 404`',
    '`http.response.status_code`: int 404',
    () => attributes({ 'http.status_code': 404 }, /status_code/),
  ],
  [
    'the number, where a tracer that is not ours has a tag as text and as number',
    '`n: "x"` and `n: 1`',
    '`n`: string "x"',
    () =>
      found(arrived({}, ({ meta, metrics }) => Object.assign(meta, { n: 'x' }) && Object.assign(metrics, { n: 1 })).span.attributes, /^n$/),
  ],
  [
    '`error`, `manual.keep`, `manual.drop` as attributes',
    '`error: true`',
    'code 2',
    () => {
      const { span } = arrived({ attributes: { error: true, 'manual.keep': true } });
      expect(found(span.attributes, /^(error|manual)/)).toBe('nothing');
      return `code ${span.status.code}`;
    },
  ],
  [
    '`analytics.event`',
    '`analytics.event: true`',
    '`_dd1.sr.eausr`: int 1',
    () => attributes({ 'analytics.event': true }, /^(analytics|_dd1)/),
  ],
  [
    'the service that a span’s own service stands for',
    '`_dd.base_service`',
    'nothing',
    () => leftOf(['_dd.base_service'], { attributes: { 'service.name': 'db' } }),
  ],
  [
    'rates and decision maker',
    '`_dd.rule_psr`, `_dd.limit_psr`, `_dd.p.dm`',
    'nothing',
    () => leftOf(['_dd.rule_psr', '_dd.limit_psr', '_dd.p.dm'], decided(2)),
  ],
  [
    'origin, and the last Datadog parent',
    '`_dd.origin: rum`, `_dd.parent_id`',
    'nothing',
    () =>
      leftOf(
        ['_dd.origin', '_dd.parent_id'],
        traced((trace) => Object.assign(trace, { origin: 'rum', lastParentId: '1' })),
      ),
  ],
  ['priority beyond sampled or not: kept by hand', 'priority 2', 'flags 1', () => flags(decided(2))],
  ['priority beyond sampled or not: dropped by hand', 'priority -1', 'flags 0', () => flags(decided(-1))],
  ['random bit of the trace flags', 'flags 3', 'flags 1', () => flags(traced((trace) => (trace.otherFlags = 2)))],
  ['whether a parent is remote', 'flags 769', 'flags 1', () => flags({ parentHigh: 1, parentLow: 2, isLocalRoot: true })],
  ['random bit of a link', 'flags 3', 'flags 1', () => `flags ${arrived({ links: [link({}, { traceFlags: 3 })] }).span.links[0]!.flags}`],
  [
    'trace state of a span (a link’s stays)',
    '`vendor=1`',
    'no trace state',
    () => {
      const { span } = arrived(traced((trace) => Object.assign(trace, { traceState: createTraceState('vendor=1') })));
      return JSON.stringify(span).includes('vendor') ? 'a trace state' : 'no trace state';
    },
  ],
  [
    'kinds that OpenTelemetry does not know, from Datadog’s tracers',
    '`span.kind: serverless`',
    'kind 0',
    () => `kind ${arrived({}, ({ meta }) => Object.assign(meta, { 'span.kind': 'serverless' })).span.kind}`,
  ],
  [
    'instrumentation scope',
    '`checkout` 1.2',
    '`edgespan` 0.1.0',
    () => {
      const { scope } = arrived({ scope: { name: 'checkout', version: '1.2', schemaUrl: 'https://opentelemetry.io/schemas/1.21.0' } });
      return `\`${scope.name}\` ${scope.version}`;
    },
  ],
  [
    'language of a tracer that is not ours',
    '`language: python`',
    '`telemetry.sdk.language`: string "webjs"',
    () => found(arrived({}, ({ meta }) => Object.assign(meta, { language: 'python' })).resource, /language/),
  ],
  [
    'binary values of servers (`meta_struct`)',
    '`_dd.stack`',
    'nothing',
    () => found(arrived({}, (span) => Object.assign(span, { metaStruct: { '_dd.stack': 'AQID' } })).span.attributes, /^_/),
  ],
];

test.each(rows)('%s', (_, __, arrives, proof) => {
  expect(proof()).toBe(arrives);
});

test('docs/otlp.md has these rows and no other', () => {
  const text = readFileSync(new URL('../../../../docs/otlp.md', import.meta.url), 'utf8');
  const inDocs = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| lost |'));
  expect(inDocs).toEqual(rows.map(([what, sent, arrives]) => `| ${what} | ${sent} | ${arrives} |`));
});
