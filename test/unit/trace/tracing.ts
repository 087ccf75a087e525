import type { Context, Span as OtelSpan } from '@opentelemetry/api';
import { Clock } from '../../../src/trace/clock.ts';
import { IdGenerator } from '../../../src/trace/id-generator.ts';
import { defaultSpanLimits } from '../../../src/trace/limits.ts';
import type { SpanData } from '../../../src/trace/span-data.ts';
import { TracerProvider } from '../../../src/trace/tracer-provider.ts';
import type { Tracing } from '../../../src/trace/tracing.ts';

export interface TestTracing {
  readonly provider: TracerProvider;
  readonly ended: SpanData[];
  readonly started: [OtelSpan, Context][];
  /** Milliseconds of the monotonic clock and of the wall, to be set by the test. */
  readonly time: { now: number; wall: number };
}

export const timeOrigin = 1_790_000_000_000;

/** A provider with a clock, ids and a processor of the test's own. */
export function testTracing(changes: Partial<Tracing> = {}): TestTracing {
  const ended: SpanData[] = [];
  const started: [OtelSpan, Context][] = [];
  const time = { now: 0, wall: timeOrigin };
  let next = 1;
  const provider = new TracerProvider();
  provider.tracing = {
    resource: { service: 'shop', env: 'test', version: '1', tags: {} },
    clock: new Clock({ timeOrigin, now: () => time.now }, () => time.wall + time.now),
    ids: new IdGenerator((words) => {
      for (let at = 0; at < words.length; at++) words[at] = at % 2 ? next++ : 0;
    }),
    limits: defaultSpanLimits,
    sampler: undefined,
    decide: () => ({ priority: 1, mechanism: 0 }),
    onAttribute() {},
    processor: { onStart: (span, parent) => started.push([span, parent]), onEnd: (span) => ended.push(span) },
    ...changes,
  };
  return { provider, ended, started, time };
}
