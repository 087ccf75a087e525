import type { Context, SpanContext } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { localTraceOf } from '../trace/local-trace.ts';
import { hex64 } from '../trace/print-ids.ts';
import { readHeader, writeHeader } from './carrier.ts';
import type { SettledPropagator } from './inject-all.ts';
import { attachTrace } from './remote-context.ts';
import { settle } from './settle.ts';

export interface B3Options {
  /** Number within 0..1 for the id of a trace of which only the sampling decision came. Default `Math.random`. */
  random?: () => number;
}

/** Priority by the words of B3: deny, accept, debug. */
const priorities: Readonly<Record<string, number>> = { '0': 0, false: 0, '1': 1, true: 1, d: 2 };

/**
 * B3 in one header: `b3: <trace id>-<span id>-<1|0|d>[-<parent id>]`, trace ids of 64 or 128 bits. `b3: 0`, `1` or `d` alone, a decision
 * without ids, gives a context with a new trace id and a span id of zeros. The parent's id is read over and not sent. Never throws.
 * @see https://github.com/openzipkin/b3-propagation#single-header
 */
export function b3({ random = Math.random }: B3Options = {}): SettledPropagator {
  return {
    style: 'b3',
    inject(context, carrier, setter, spanContext = settle(context)) {
      if (spanContext) writeHeader(carrier, setter, 'b3', `${spanContext.traceId}-${spanContext.spanId}-${stateOf(spanContext)}`);
    },
    extract(context, carrier, getter) {
      const header = readHeader(carrier, getter, 'b3').trim();
      const match = /^([\da-f]{16}|[\da-f]{32})-([\da-f]{16})(?:-([01d])(?:-[\da-f]{16})?)?$/i.exec(header);
      if (match) return withIds(context, match[1]!, match[2]!, priorities[match[3]?.toLowerCase() ?? '']);
      return /^[01d]$/i.test(header) ? withoutIds(context, priorities[header.toLowerCase()], random) : context;
    },
    fields: () => ['b3'],
  };
}

/**
 * B3 in several headers: `x-b3-traceid`, `-spanid`, `-sampled` and, for debug, `-flags: 1`. Otherwise as `b3()`. Never throws.
 * @see https://github.com/openzipkin/b3-propagation#multiple-headers
 */
export function b3multi({ random = Math.random }: B3Options = {}): SettledPropagator {
  return {
    style: 'b3multi',
    inject(context, carrier, setter, spanContext = settle(context)) {
      if (!spanContext) return;
      writeHeader(carrier, setter, 'x-b3-traceid', spanContext.traceId);
      writeHeader(carrier, setter, 'x-b3-spanid', spanContext.spanId);
      const state = stateOf(spanContext);
      // debug implies accept: only one of the two is sent
      if (state === 'd') writeHeader(carrier, setter, 'x-b3-flags', '1');
      else writeHeader(carrier, setter, 'x-b3-sampled', state);
    },
    extract(context, carrier, getter) {
      const get = (name: string): string => readHeader(carrier, getter, `x-b3-${name}`).trim().toLowerCase();
      const traceId = get('traceid');
      const spanId = get('spanid');
      const priority = get('flags') === '1' ? 2 : priorities[get('sampled')];
      if (/^([\da-f]{16}){1,2}$/.test(traceId) && /^[\da-f]{16}$/.test(spanId)) return withIds(context, traceId, spanId, priority);
      return traceId || spanId ? context : withoutIds(context, priority, random);
    },
    fields: () => ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'],
  };
}

function stateOf(spanContext: SpanContext): string {
  const priority = localTraceOf(spanContext)?.decide() ?? spanContext.traceFlags & 1;
  return priority > 1 ? 'd' : priority > 0 ? '1' : '0';
}

function withIds(context: Context, traceId: string, spanId: string, priority: number | undefined): Context {
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return context;
  return continued(context, traceId.toLowerCase().padStart(32, '0'), spanId.toLowerCase(), priority);
}

/** Only a decision came: a new trace that keeps to it. */
function withoutIds(context: Context, priority: number | undefined, random: () => number): Context {
  if (priority === undefined) return context;
  const low = hex64(random() * 0x8000_0000, random() * 0xffff_ffff + 1);
  return continued(context, '0'.repeat(16) + low, '0'.repeat(16), priority);
}

function continued(context: Context, traceId: string, spanId: string, priority: number | undefined): Context {
  const spanContext: SpanContext = { traceId, spanId, traceFlags: +(priority !== 0), isRemote: true };
  attachTrace(spanContext, priority);
  return trace.setSpanContext(context, spanContext);
}
