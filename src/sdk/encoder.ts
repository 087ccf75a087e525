import { groupByTrace, type SampleSpan, toChunkSpan } from '../datadog/chunk.ts';
import { type DatadogEvent, type DatadogSpan, isSound } from '../datadog/datadog-span.ts';
import { encodePieces } from '../datadog/encode.ts';
import type { EncodedSpans, EncodeSpans } from '../export/batch.ts';
import type { DropReason } from '../export/envelope.ts';
import { guard } from '../trace/guard.ts';
import type { SpanData } from '../trace/span-data.ts';

/** Changes a span and returns it, or null to drop it. */
export type BeforeSend = (span: DatadogSpan) => DatadogSpan | null | undefined;

export interface EncoderOptions {
  readonly sendsUnsampled: boolean;
  readonly beforeSend?: BeforeSend | undefined;
  readonly sampleSpan?: SampleSpan | undefined;
  /** Prints typed events, where the receiver is known to take them. */
  readonly printEvents?: (() => ((events: readonly DatadogEvent[]) => string) | undefined) | undefined;
}

/** From finished spans to bytes: sampled, mapped, looked at by the application, printed. Never throws. */
export function createEncoder({ sendsUnsampled, beforeSend, sampleSpan, printEvents }: EncoderOptions): EncodeSpans {
  return (spans): EncodedSpans => {
    const dropped: { [reason in DropReason]?: number } = {};
    let lost = 0;
    let traces = 0;
    let first: DatadogSpan | undefined;
    const kept = sendsUnsampled ? spans : spans.filter((span) => span.trace.decide() > 0 || sampleSpan?.(span));
    const onDrop = (reason: DropReason): void => {
      lost++;
      dropped[reason] = (dropped[reason] ?? 0) + 1;
    };
    const toSpan = (span: SpanData, isFirst: boolean): DatadogSpan | undefined => {
      const made = toChunkSpan(span, isFirst, sampleSpan);
      const mapped = beforeSend ? guard(() => soundOrNone(beforeSend(made))) : made;
      if (!mapped) {
        onDrop('before_send');
        return undefined;
      }
      if (isFirst) traces++;
      first ??= mapped;
      return mapped;
    };
    const pieces = [...encodePieces(groupByTrace(kept), toSpan, { printEvents: printEvents?.(), onDrop })];
    return {
      pieces,
      spans: kept.length - lost,
      traces,
      notSampled: spans.length - kept.length,
      dropped,
      service: spans[0]?.resource.service ?? '',
      env: first?.meta['env'] ?? '',
      version: first?.meta['version'] ?? '',
    };
  };
}

/** One number among the tags, and an Agent refuses the whole request: what an application made unsound is left out alone. */
function soundOrNone(span: DatadogSpan | null | undefined): DatadogSpan | undefined {
  return span && isSound(span) ? span : undefined;
}
