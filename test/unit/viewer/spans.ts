import type { ViewerSpan } from '../../../src/viewer/viewer-span.ts';

/** A span from `fromNano` to `toNano` after an odd second above 2^53 nanoseconds. */
export function viewerSpan(spanId: string, parentId: string, fromNano: number, toNano: number, over: Partial<ViewerSpan> = {}): ViewerSpan {
  const id = (text: string): string => (text === '' ? '' : text.padStart(16, '0'));
  return {
    traceId: '66f2b52b000000000000000000000001',
    spanId: id(spanId),
    parentId: id(parentId),
    service: 'shop',
    name: 'internal',
    resource: spanId,
    type: '',
    error: 0,
    startNano: (1795477916860123047n + BigInt(fromNano)).toString(),
    durationNano: toNano - fromNano,
    runtime: 'node',
    client: 'c'.repeat(32),
    receivedAtMillis: 0,
    meta: {},
    metrics: {},
    events: [],
    links: [],
    ...over,
  };
}
