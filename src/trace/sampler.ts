import {
  type Attributes,
  type Context,
  type Link,
  type SpanContext,
  type SpanKind,
  type TraceState,
  trace as traceApi,
} from '@opentelemetry/api';
import { parseHex64 } from './print-ids.ts';
import { isKept } from './sampling-hash.ts';

/** NOT_RECORD 0, RECORD 1, RECORD_AND_SAMPLED 2, as the API's `SamplingDecision`. */
export interface SamplingResult {
  decision: 0 | 1 | 2;
  attributes?: Readonly<Attributes>;
  traceState?: TraceState;
}

/** OpenTelemetry's `Sampler`, which the SDK's and custom ones implement. */
export interface Sampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult;
  toString(): string;
}

/** Keeps every span. */
export function alwaysOn(): Sampler {
  return fixed(2, 'AlwaysOn');
}

/** Makes no span at all: what it costs is a no-op. */
export function alwaysOff(): Sampler {
  return fixed(0, 'AlwaysOff');
}

function fixed(decision: 0 | 2, name: string): Sampler {
  return { shouldSample: () => ({ decision }), toString: () => name };
}

/**
 * Keeps this share of traces, the same traces as Datadog's tracers at the same rate.
 *
 * @param rate 0 to 1.
 * @throws RangeError where the rate is no number from 0 to 1.
 */
export function ratio(rate: number): Sampler {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`Cannot make a sampler as \`rate\` must be within 0..1: current value is ${rate}`);
  return {
    shouldSample: (_context, traceId) => ({ decision: isKept(...parseHex64(traceId), rate) ? 2 : 0 }),
    toString: () => `Ratio{${rate}}`,
  };
}

/** Follows the parent, local or remote; asks `root` where there is none. */
export function parentBased(root: Sampler): Sampler {
  return {
    shouldSample(context, ...rest) {
      const parent: SpanContext | undefined = traceApi.getSpanContext(context);
      const hasParent = parent !== undefined && /[1-9a-f]/.test(parent.traceId);
      return hasParent ? { decision: parent.traceFlags & 1 ? 2 : 0 } : root.shouldSample(context, ...rest);
    },
    toString: () => `ParentBased{${root}}`,
  };
}
