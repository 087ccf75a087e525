import type { Context, Span } from '@opentelemetry/api';
import type { SpanData } from './span-data.ts';

/** The port through which spans leave this room. Both calls are made synchronously and may not throw into the host; what they throw is dropped. */
export interface SpanProcessor {
  /** A recording span was started; it may still be written to. */
  onStart?(span: Span, parent: Context): void;
  /** A span has ended. What it holds is read-only from now on. */
  onEnd(span: SpanData): void;
  /** Resolves when everything that ended so far was handed on. Never rejects for long: the caller has a time-out. */
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}
