import type { Context, Span } from '@opentelemetry/api';
import type { BatchSpanProcessor } from '../export/batch-span-processor.ts';
import { guard } from '../trace/guard.ts';
import type { SpanData } from '../trace/span-data.ts';
import type { SpanProcessor } from '../trace/span-processor.ts';

/** The application's processors, then ours: whatever theirs do, the span is exported. */
export function createPipeline(processors: readonly SpanProcessor[], batch: BatchSpanProcessor): SpanProcessor {
  return {
    onStart(span: Span, parent: Context) {
      batch.onStart();
      for (const processor of processors) guard(() => processor.onStart?.(span, parent));
    },
    onEnd(span: SpanData) {
      for (const processor of processors) guard(() => processor.onEnd(span));
      batch.onEnd(span);
    },
    async forceFlush() {
      await Promise.allSettled(processors.map(async (processor) => processor.forceFlush?.()));
    },
    async shutdown() {
      await Promise.allSettled(processors.map(async (processor) => processor.shutdown?.()));
    },
  };
}
