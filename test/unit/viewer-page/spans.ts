import type { ViewerSpan } from '../../../src/viewer/viewer-span.ts';

export const traceId = '6b057d4f0000000069b6a161d2492ae5';
/** 2026-11-24 in nanoseconds: above 2^53. */
export const originNano = 1_795_477_916_860_000_123n;

/** A span of that trace; times are milliseconds after its start. */
export function createSpan(spanId: string, at: number, length: number, more: Partial<ViewerSpan> = {}): ViewerSpan {
  return {
    traceId,
    spanId: spanId.padStart(16, '0'),
    parentId: '',
    service: 'shop-web',
    name: 'internal',
    resource: spanId,
    type: '',
    error: 0,
    startNano: String(originNano + BigInt(Math.round(at * 1e6))),
    durationNano: length * 1e6,
    runtime: 'browser',
    client: 'a'.repeat(32),
    receivedAtMillis: 0,
    meta: {},
    metrics: {},
    events: [],
    links: [],
    ...more,
  };
}
