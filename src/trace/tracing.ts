import type { Clock } from './clock.ts';
import type { IdGenerator } from './id-generator.ts';
import type { SpanLimits } from './limits.ts';
import type { DecideTrace, LocalTrace } from './local-trace.ts';
import type { Resource } from './resource.ts';
import type { Sampler } from './sampler.ts';
import type { SpanProcessor } from './span-processor.ts';

/**
 * Everything a span needs, as one record: one per registration, in Workers one per invocation, where it travels in the active context.
 */
export interface Tracing {
  readonly resource: Resource;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  /** New trace ids have no high half. */
  readonly has64BitIds?: boolean;
  readonly limits: SpanLimits;
  /** Decides at start, where given. */
  readonly sampler: Sampler | undefined;
  /** Decides a trace once, later, where there is no sampler. */
  readonly decide: DecideTrace;
  /** Sees each attribute that is set: a tag may decide its trace by hand. Must be fast and never throw. */
  readonly onAttribute: (trace: LocalTrace, key: unknown, value: unknown) => void;
  readonly processor: SpanProcessor;
}
