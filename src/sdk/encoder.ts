import { batchKey, estimateSpanBytes, groupByTrace, type SampleSpan, toChunkSpan } from '../datadog/chunk.ts';
import type { DatadogEvent, DatadogSpan } from '../datadog/datadog-span.ts';
import { encodePieces } from '../datadog/encode.ts';
import type { EncodedSpans, EncodeSpans } from '../export/batch.ts';
import type { DropReason } from '../export/envelope.ts';
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

export const keyOf: (span: SpanData) => string = batchKey;
export const estimate: (span: SpanData) => number = estimateSpanBytes;

/** From finished spans to bytes: sampled, mapped, looked at by the application, printed. Never throws. */
export function createEncoder({ sendsUnsampled, beforeSend, sampleSpan, printEvents }: EncoderOptions): EncodeSpans {
  return (spans): EncodedSpans => {
    const dropped: { [reason in DropReason]?: number } = {};
    let lost = 0;
    let traces = 0;
    let first: DatadogSpan | undefined;
    let isRefused = false;
    const kept = sendsUnsampled ? spans : spans.filter((span) => span.trace.decide() > 0 || sampleSpan?.(span));
    const toSpan = (span: SpanData, isFirst: boolean): DatadogSpan => {
      isRefused = false;
      let mapped: DatadogSpan | null | undefined = toChunkSpan(span, isFirst, sampleSpan);
      if (beforeSend) {
        isRefused = true;
        mapped = beforeSend(mapped);
        // The printer leaves out what throws, and gives the chunk's tags to the next one.
        if (!mapped) throw isRefused;
        isRefused = false;
      }
      if (isFirst) traces++;
      first ??= mapped;
      return mapped;
    };
    const onDrop = (reason: DropReason): void => {
      lost++;
      const counted = isRefused ? 'before_send' : reason;
      dropped[counted] = (dropped[counted] ?? 0) + 1;
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
