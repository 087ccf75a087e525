import type { BaggageEntry, TextMapPropagator } from '@opentelemetry/api';
import { baggageEntryMetadataFromString, propagation, trace } from '@opentelemetry/api';
import { localTraceOf } from '../trace/local-trace.ts';
import { readHeader, writeHeader } from './carrier.ts';

export interface BaggageOptions {
  /** Items in a header, both ways; what comes after is left out. Default 64, as `DD_TRACE_BAGGAGE_MAX_ITEMS`. */
  maxItems?: number;
  /** Bytes of a header, both ways; what comes after is left out. Default 8,192, as `DD_TRACE_BAGGAGE_MAX_BYTES`. */
  maxBytes?: number;
  /** Items that become `baggage.<key>` tags of the trace that came with them, `*` for all. Default as `DD_TRACE_BAGGAGE_TAG_KEYS`. */
  tagKeys?: readonly string[];
}

/** A token of RFC 7230. */
const tokenFormat = /^[\w!#$%&'*+.^`|~-]+$/;
/** Properties of an item as they may stand in a header. */
const metadataFormat = /^[ -+\--~]*$/;

/**
 * W3C Baggage. A malformed member makes the whole header void, as in Datadog's tracers (an empty value counts as malformed there too);
 * properties travel as they came. Keys that are no token are not sent. Never throws.
 * @see https://www.w3.org/TR/baggage/
 * @see https://github.com/DataDog/system-tests/blob/main/tests/parametric/test_headers_baggage.py
 */
export function baggage(options: BaggageOptions = {}): TextMapPropagator {
  const { maxItems = 64, maxBytes = 8_192, tagKeys = ['user.id', 'session.id', 'account.id'] } = options;
  return {
    inject(context, carrier, setter) {
      let header = '';
      let count = 0;
      for (const [key, entry] of propagation.getBaggage(context)?.getAllEntries() ?? []) {
        if (!tokenFormat.test(key)) continue;
        const item = formatItem(key, entry);
        if (++count > maxItems || header.length + item.length + +(header !== '') > maxBytes) break;
        header += header && `,`;
        header += item;
      }
      if (header) writeHeader(carrier, setter, 'baggage', header);
    },
    extract(context, carrier, getter) {
      const entries = parseBaggage(readHeader(carrier, getter, 'baggage'), maxItems, maxBytes);
      if (!entries) return context;
      const parent = trace.getSpanContext(context);
      const local = parent?.isRemote ? localTraceOf(parent) : undefined;
      if (local) {
        for (const [key, { value }] of Object.entries(entries)) {
          if (tagKeys.includes(key) || tagKeys.includes('*')) local.tags[`baggage.${key}`] = value;
        }
      }
      return propagation.setBaggage(context, propagation.createBaggage(entries));
    },
    fields: () => ['baggage'],
  };
}

function formatItem(key: string, { value, metadata }: BaggageEntry): string {
  const properties = metadata ? String(metadata) : '';
  // half a character cannot be encoded: it becomes U+FFFD, as TextEncoder makes it
  const item = `${key}=${encodeURIComponent(`${value}`.replace(/\p{Surrogate}/gu, '\ufffd'))}`;
  return properties && metadataFormat.test(properties) ? `${item};${properties}` : item;
}

/** Undefined where the header is empty or void. */
function parseBaggage(header: string, maxItems: number, maxBytes: number): Record<string, BaggageEntry> | undefined {
  // without prototype, as a key may be `__proto__`
  const entries: Record<string, BaggageEntry> = Object.create(null) as Record<string, BaggageEntry>;
  let count = 0;
  // a cut that leaves half a member out of sight: the whole member counts as too long
  const visible = header.length > maxBytes ? header.slice(0, Math.max(header.lastIndexOf(',', maxBytes), 0)) : header;
  for (const member of visible.split(',')) {
    if (member.trim() === '') continue;
    if (++count > maxItems) break;
    const end = member.indexOf(';');
    const pair = end < 0 ? member : member.slice(0, end);
    const at = pair.indexOf('=');
    const key = pair.slice(0, Math.max(at, 0)).trim();
    const value = pair.slice(at + 1).trim();
    if (!tokenFormat.test(key) || value === '') return undefined;
    const properties = end < 0 ? '' : member.slice(end + 1).trim();
    entries[key] = { value: decode(value), ...(properties && { metadata: baggageEntryMetadataFromString(properties) }) };
  }
  return count > 0 ? entries : undefined;
}

/** Percent-decodes UTF-8; bytes that are none become U+FFFD (W3C Baggage §3.3.1.3), other `%` stay. */
function decode(value: string): string {
  return value.replace(/(?:%[\da-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      const bytes = run
        .slice(1)
        .split('%')
        .map((byte) => Number.parseInt(byte, 16));
      return new TextDecoder().decode(new Uint8Array(bytes));
    }
  });
}
