import type { AttributeValue } from '@opentelemetry/api';
import { cutText } from '../trace/cut-text.ts';
import { maxKeyBytes, maxNameBytes, maxResourceBytes, maxTagBytes, maxTags, maxValueBytes } from '../trace/limits.ts';
import type { Attributes, SpanData, SpanEvent, SpanLink } from '../trace/span-data.ts';
import { attributeText, isTrue } from './attribute-text.ts';
import type { DatadogEvent, DatadogLink, DatadogSpan } from './datadog-span.ts';
import { normalService, normalTag } from './normalize.ts';
import { kindName, kindNames, operationName } from './operation-name.ts';

/** Room for the tags that are ours. */
const reservedTags = 32;

/**
 * A finished span in Datadog's terms, by the contract between Datadog's tracers, and by dd-trace-go where that is silent; within the
 * Agent's limits, so that nothing is changed later. The tags of its chunk are the part of `toChunkSpan`.
 * May throw where an application's object does (`TraceState.serialize`).
 * @see docs/semantics.md
 */
export function toDatadogSpan(span: SpanData): DatadogSpan {
  const { attributes, resource, status, exception, statusMessage, trace } = span;
  const meta: Record<string, string> = { language: 'javascript', 'span.kind': kindName(span.kind) };
  const metrics: Record<string, number> = {};
  let isError: unknown = status === 2;
  let room = maxTags - reservedTags;
  const put = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const index of value.keys()) put(`${key}.${index}`, value[index]);
    else if (value != null && room-- > 0) {
      const name = cutText(key, maxKeyBytes);
      if (typeof value !== 'number') meta[name] = cutText(`${value}`, maxValueBytes);
      else if (Number.isFinite(value)) {
        metrics[name] = value;
        // a tag of the resource with the same key
        if (name in meta) delete meta[name];
      }
    }
  };

  for (const key of Object.keys(resource.tags)) put(key, resource.tags[key]);
  if (resource.env) meta['env'] = resource.env;
  if (resource.version) meta['version'] = resource.version;
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    switch (key) {
      case 'service.name':
      case 'resource.name':
      case 'span.type':
      case 'operation.name':
      case 'manual.keep':
      case 'manual.drop':
        break;
      case 'error':
        if (status !== 1) isError ||= isTrue(value);
        break;
      case 'analytics.event':
        if (/^(?:1|t|true|0|f|false)$/i.test(`${value}`)) metrics['_dd1.sr.eausr'] = isTrue(value) ? 1 : 0;
        break;
      case 'env':
      case 'version':
      case 'span.kind':
      case 'http.response.status_code':
      case 'http.status_code':
        put(key[0] === 'h' ? 'http.status_code' : key, `${value}`);
        break;
      default:
        put(key, value);
    }
  }
  // what the Agent would mend, or take away
  const { env, version, 'peer.service': peer, 'http.status_code': httpStatus } = meta;
  if (env !== undefined) meta['env'] = normalTag(env, maxTagBytes);
  if (version !== undefined) meta['version'] = cutText(version, maxTagBytes);
  if (peer !== undefined) meta['peer.service'] = normalTag(peer, maxNameBytes);
  if (httpStatus !== undefined && !/^[1-5]\d\d$/.test(httpStatus)) meta['http.status_code'] = '';
  if (!kindNames.includes(meta['span.kind']!)) meta['span.kind'] = kindName(span.kind);
  for (const key of ['env', 'version', 'peer.service', 'http.status_code']) if (meta[key] === '') delete meta[key];

  room = 3;
  // the newest word on what went wrong wins; a status without text leaves the exception's
  const message = (span.isStatusLater && statusMessage) || exception?.message || statusMessage;
  put('error.message', message || null);
  put('error.type', exception?.type || null);
  put('error.stack', exception?.stack || null);

  const base = normalService(resource.service);
  const ownService = attributeText(attributes, 'service.name');
  const service = ownService ? normalService(ownService) : base;
  if (service !== base) meta['_dd.base_service'] = base;
  if (trace.origin) meta['_dd.origin'] = trace.origin;
  if (span.isLocalRoot || (span.parentService !== undefined && span.parentService !== (ownService || resource.service))) {
    metrics['_dd.top_level'] = 1;
  }
  if (span.droppedAttributesCount) metrics['otel.dropped_attributes_count'] = span.droppedAttributesCount;
  if (span.droppedEventsCount) metrics['otel.dropped_events_count'] = span.droppedEventsCount;
  if (span.droppedLinksCount) metrics['otel.dropped_links_count'] = span.droppedLinksCount;

  const name = operationName(span.kind, attributes);
  const borrowed = +(span.endNanos < span.startNanos);
  return {
    service,
    name,
    resource: cutText(attributeText(attributes, 'resource.name') || span.name || name, maxResourceBytes),
    type: cutText(attributeText(attributes, 'span.type'), maxNameBytes),
    traceHigh: trace.idLowHigh,
    traceLow: trace.idLowLow,
    spanHigh: span.idHigh,
    spanLow: span.idLow,
    parentHigh: span.parentHigh,
    parentLow: span.parentLow,
    startSeconds: span.startSeconds,
    startNanos: span.startNanos,
    durationSeconds: span.endSeconds - span.startSeconds - borrowed,
    durationNanos: span.endNanos - span.startNanos + borrowed * 1e9,
    error: isError ? 1 : 0,
    meta,
    metrics,
    events: span.events?.map(toEvent),
    links: span.links?.map(toLink),
  };
}

function toEvent({ name, seconds, nanos, attributes }: SpanEvent): DatadogEvent {
  return { name, seconds, nanos, attributes: attributes && eventAttributes(attributes) };
}

/** Values keep their type. What no receiver could read again, as arrays of several types, is left out and the rest stays. */
function eventAttributes(attributes: Attributes): DatadogEvent['attributes'] {
  const kept: Record<string, AttributeValue> = {};
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    const list: unknown[] = Array.isArray(value) ? value.filter((item) => item !== null) : [value];
    if (list.every((item) => typeof item === typeof list[0] && (Number.isFinite(item) || /^(?:str|boo)/.test(typeof item)))) {
      kept[key] = (Array.isArray(value) ? list : value) as AttributeValue;
    }
  }
  return kept;
}

function toLink({ context, attributes }: SpanLink): DatadogLink {
  const flat: Record<string, string> = {};
  const put = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const index of value.keys()) put(`${key}.${index}`, value[index]);
    else if (value != null) flat[cutText(key, maxKeyBytes)] = `${value}`;
  };
  for (const key of Object.keys(attributes ?? {})) put(key, attributes?.[key]);
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    attributes: flat,
    traceState: context.traceState?.serialize() || undefined,
    flags: context.traceFlags & 1,
  };
}
