import { firstLine, freePort, start, until } from './children.ts';
import type { GoldenSpan } from './differences.ts';

/** A span in one form for what is sent as Datadog's and received as OpenTelemetry's: ids as hex, 64-bit integers as text. */
export interface OtlpFacts {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: string;
  readonly end: string;
  readonly flags: number;
  readonly status: object;
  readonly attributes: Record<string, unknown>;
  readonly events: readonly { readonly name: string; readonly time: string; readonly attributes: Record<string, unknown> }[];
  readonly links: readonly object[];
  readonly resource: Record<string, unknown>;
}

export interface Collector {
  /** Where OTLP goes. */
  readonly url: string;
  /** Everything received since the last time, by span id, decoded by the Collector. */
  take(): Promise<Map<string, OtlpFacts>>;
  stop(): Promise<void>;
}

export async function startCollector(path: string): Promise<Collector> {
  const port = await freePort();
  const child = start(path, ['--port', String(port)]);
  const { control }: { control: number } = JSON.parse(await firstLine(child));
  const url = `http://127.0.0.1:${port}`;
  // any answer will do: it has no page to look at
  await until('the Collector', async () => (await fetch(`${url}/v1/traces`)).status);
  return {
    url,
    async take() {
      const received = readOtlp((await (await fetch(`http://127.0.0.1:${control}/received`)).json()) as Received);
      await fetch(`http://127.0.0.1:${control}/forget`, { method: 'POST' });
      return new Map(received.map((span) => [span.spanId, span]));
    },
    stop: () => child.stop(),
  };
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface Received {
  resourceSpans?: {
    resource: { attributes?: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name?: string;
        kind?: number;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        flags?: number;
        status?: object;
        attributes?: Attribute[];
        events?: { name: string; timeUnixNano: string; attributes?: Attribute[] }[];
        links?: { traceId: string; spanId: string; flags?: number; attributes?: Attribute[] }[];
      }[];
    }[];
  }[];
}

function readOtlp({ resourceSpans = [] }: Received): OtlpFacts[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name ?? '',
        kind: span.kind ?? 0,
        start: span.startTimeUnixNano,
        end: span.endTimeUnixNano,
        flags: span.flags ?? 0,
        status: span.status ?? {},
        attributes: readAttributes(span.attributes),
        events: (span.events ?? []).map(({ name, timeUnixNano: time, attributes }) => ({
          name,
          time,
          attributes: readAttributes(attributes),
        })),
        links: (span.links ?? []).map(({ traceId, spanId, flags, attributes }) => ({
          traceId,
          spanId,
          flags: flags ?? 0,
          attributes: readAttributes(attributes),
        })),
        resource: readAttributes(resource.attributes),
      })),
    ),
  );
}

/** A value with its type: `int 3` and `double 3` are not the same. */
function readAttributes(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: Record<string, unknown>): unknown {
  if ('intValue' in value) return { int: String(value['intValue']) };
  if ('doubleValue' in value) return { double: value['doubleValue'] };
  if ('arrayValue' in value) return ((value['arrayValue'] as { values?: Record<string, unknown>[] }).values ?? []).map(readValue);
  return value['stringValue'] ?? value['boolValue'] ?? '';
}

const kinds = ['internal', 'server', 'client', 'producer', 'consumer'];
/** Of the tags these are facts of another place, or Datadog's alone; all others stay. */
const isElsewhere = (key: string): boolean =>
  ['env', 'version', 'language', 'span.kind', 'http.status_code', 'events'].includes(key) ||
  key.startsWith('_dd.') ||
  key.startsWith('_sampling');

const typed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(typed);
  if (typeof value !== 'number') return value;
  return Number.isSafeInteger(value) ? { int: String(value) } : { double: value };
};
const typedAll = (values: object = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typed(value)]));
const hex = (decimal: string): string => BigInt(decimal).toString(16).padStart(16, '0');

/** What has to arrive of a span that was sent in Datadog's form, `first` being the first one of its chunk. */
export function toOtlpFacts(span: GoldenSpan & { parent_id?: string }, first: GoldenSpan): OtlpFacts {
  const { meta, metrics } = span;
  // a large number is text in the golden form
  const numbers = Object.entries(metrics).map(([key, value]) => [key, Number(value)] as const);
  const tags = [...Object.entries(meta), ...numbers].filter(([key]) => !isElsewhere(key));
  const status = meta['http.status_code'];
  const { parent_id: parent = '0' } = span;
  return {
    traceId: (first.meta['_dd.p.tid'] ?? '0'.repeat(16)) + hex(span.trace_id),
    spanId: hex(span.span_id),
    parentSpanId: parent === '0' ? '' : hex(parent),
    name: span.resource,
    kind: 1 + kinds.indexOf(meta['span.kind'] ?? 'internal'),
    start: span.start,
    end: String(BigInt(span.start) + BigInt(span.duration)),
    flags: Number(first.metrics['_sampling_priority_v1']) > 0 ? 1 : 0,
    status: span.error ? { code: 2, ...(meta['error.message'] && { message: meta['error.message'] }) } : {},
    attributes: {
      ...typedAll(Object.fromEntries(tags)),
      ...(status && { 'http.response.status_code': { int: status } }),
      'operation.name': span.name,
      ...(span.type && { 'span.type': span.type }),
    },
    events: (JSON.parse(meta['events'] ?? '[]') as { name: string; attributes?: object }[]).map((event, at) => ({
      name: event.name,
      time: [...meta['events']!.matchAll(/"time_unix_nano":(\d+)/g)][at]![1]!,
      attributes: typedAll(event.attributes),
    })),
    links: (JSON.parse(meta['_dd.span_links'] ?? '[]') as { trace_id: string; span_id: string; flags?: number; attributes?: object }[]).map(
      (link) => ({
        traceId: link.trace_id,
        spanId: link.span_id,
        flags: link.flags ?? 0,
        attributes: typedAll(link.attributes),
      }),
    ),
    resource: {
      'service.name': span.service,
      ...(meta['env'] && { 'deployment.environment.name': meta['env'] }),
      ...(meta['version'] && { 'service.version': meta['version'] }),
    },
  };
}
