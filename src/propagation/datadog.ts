import type { SpanContext } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import type { LocalTrace } from '../trace/local-trace.ts';
import { localTraceOf } from '../trace/local-trace.ts';
import { decimal64, hex64, parseDecimal64, parseHex64 } from '../trace/print-ids.ts';
import { readHeader, writeHeader } from './carrier.ts';
import { setTag, travellingTags } from './dd-member.ts';
import type { SettledPropagator } from './inject-all.ts';
import { attachTrace } from './remote-context.ts';
import { settle } from './settle.ts';

/** Name of the style in links and variables. */
export const datadogStyle = 'datadog';

/** Characters of an origin that is taken over and sent on. Ours: real ones are words such as `rum`. */
const maxOriginLength = 256;

export interface DatadogOptions {
  /** Whether `x-datadog-tags` is sent. Default true; false in pages, where one more header breaks other people's CORS set-ups. */
  tags?: boolean;
  /** Characters of `x-datadog-tags`, both ways; 0 sends and reads none. Default 512, as `DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH`. */
  maxTagsLength?: number;
}

/**
 * Datadog's own headers: `x-datadog-trace-id`, `-parent-id` (decimal, low 64 bits), `-sampling-priority`, `-origin`, `-tags` (trace tags and,
 * as `_dd.p.tid`, the high half of the trace id). What is lost of the tags is said on the span as `_dd.propagation_error`. Parent id 0 is a
 * trace to be continued with a root of ours, as Synthetics asks for it: its context has a span id of zeros. Never throws.
 * @see https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/opentracing/propagation/text_map.js
 * @see https://github.com/DataDog/dd-trace-py/blob/main/ddtrace/propagation/http.py
 */
export function datadog(options: DatadogOptions = {}): SettledPropagator {
  const { tags = true, maxTagsLength = 512 } = options;
  return {
    style: datadogStyle,
    lean: options.tags === undefined ? datadog({ ...options, tags: false }) : undefined,
    inject(context, carrier, setter, spanContext = settle(context)) {
      if (!spanContext) return;
      const local = localTraceOf(spanContext);
      const set = (name: string, value: string): void => writeHeader(carrier, setter, `x-datadog-${name}`, value);
      set('trace-id', decimalOf(spanContext.traceId));
      set('parent-id', decimalOf(spanContext.spanId));
      set('sampling-priority', `${local ? local.decide() : spanContext.traceFlags & 1}`);
      if (local?.origin) set('origin', local.origin.replace(/[^ -~]/g, '_'));
      if (!tags) return;
      const header = formatTags(spanContext.traceId, local, maxTagsLength);
      if (header) set('tags', header);
    },
    extract(context, carrier, getter) {
      const get = (name: string): string => readHeader(carrier, getter, `x-datadog-${name}`).trim();
      const traceId = hexOf(get('trace-id'));
      const spanId = hexOf(get('parent-id'));
      if (!traceId || !spanId || /^0+$/.test(traceId)) return context;
      const found = parseTags(get('tags'), maxTagsLength);
      const tid = found['_dd.p.tid'];
      const isTid = tid !== undefined && /^[\da-f]{16}$/i.test(tid);
      const priority = get('sampling-priority');
      const spanContext: SpanContext = {
        traceId: (isTid ? tid.toLowerCase() : '0'.repeat(16)) + traceId,
        spanId,
        traceFlags: +(priority === '' || Number(priority) > 0),
        isRemote: true,
      };
      const local = attachTrace(spanContext, /^-?\d{1,3}$/.test(priority) ? Number(priority) : undefined);
      const origin = get('origin');
      if (origin && origin.length <= maxOriginLength) local.origin = origin;
      delete found['_dd.p.tid'];
      for (const [key, value] of Object.entries(found)) setTag(local, key, value);
      if (tid && !isTid) local.tags['_dd.propagation_error'] = `malformed_tid ${tid}`;
      return trace.setSpanContext(context, spanContext);
    },
    fields: () => ['trace-id', 'parent-id', 'sampling-priority', 'origin', ...(tags ? ['tags'] : [])].map((name) => `x-datadog-${name}`),
  };
}

function decimalOf(id: string): string {
  return decimal64(...parseHex64(id));
}

function hexOf(decimal: string): string | undefined {
  const halves = parseDecimal64(decimal);
  return halves && hex64(...halves);
}

/** Printable ASCII; keys without space, comma and equals sign, values without comma. */
function isKey(key: string): boolean {
  return /^_dd\.p\.[!-+\--<>-~]+$/.test(key);
}

function isValue(value: string): boolean {
  return /^[ -+\--~]*$/.test(value);
}

/** `_dd.p.tid=66f2b52b00000000,_dd.p.dm=-4`, empty where nothing may be sent. All or nothing: half the tags would be a lie. */
function formatTags(traceId: string, local: LocalTrace | undefined, maxLength: number): string {
  const tid = traceId.slice(0, 16);
  const entries = local ? travellingTags(local) : [];
  if (!/^0+$/.test(tid)) entries.unshift(['_dd.p.tid', tid]);
  const header = entries.map((entry) => entry.join('=')).join();
  const isLegal = entries.every(([key, value]) => isKey(key) && isValue(value));
  const problem = maxLength === 0 ? 'disabled' : !isLegal ? 'encoding_error' : header.length > maxLength ? 'inject_max_size' : '';
  if (problem === '') return header;
  if (local && header) local.tags['_dd.propagation_error'] = problem;
  return '';
}

/** Tags by key, or none with what was wrong under `_dd.propagation_error`. */
function parseTags(header: string, maxLength: number): Record<string, string> {
  const tags: Record<string, string> = {};
  if (header === '' || maxLength === 0) return tags;
  if (header.length > maxLength) return { '_dd.propagation_error': 'extract_max_size' };
  for (const entry of header.split(',')) {
    const at = entry.indexOf('=');
    const key = entry.slice(0, Math.max(at, 0));
    const value = entry.slice(at + 1);
    if (!isKey(key) || !isValue(value)) return { '_dd.propagation_error': 'decoding_error' };
    tags[key] = value;
  }
  return tags;
}
