import { parentIdOf, spanIdOf, traceIdOf } from '../../datadog/hex-ids.ts';
import type { Upstream } from './upstream.ts';

/** Options of `consoleUpstream`. */
export interface ConsoleUpstreamOptions {
  /** Takes one line of JSON per span. Default `console.log`. */
  readonly write?: (line: string) => void;
}

/**
 * Prints each span as one line of JSON: for a first look, not for production.
 *
 * @example
 * ```ts
 * createIntakeProxy({ upstream: consoleUpstream(), allowOrigins: ['http://localhost:8080'], auth: 'none' })
 * ```
 */
export function consoleUpstream({ write = (line) => console.log(line) }: ConsoleUpstreamOptions = {}): Upstream {
  return async ({ chunks, line }) => {
    for (const chunk of chunks) {
      const traceId = traceIdOf(chunk);
      for (const span of chunk) {
        write(
          JSON.stringify({
            traceId,
            spanId: spanIdOf(span),
            parentId: parentIdOf(span),
            service: span.service,
            name: span.name,
            resource: span.resource,
            durationMillis: span.durationSeconds * 1000 + span.durationNanos / 1e6,
            error: span.error,
            runtime: line.runtime,
            meta: span.meta,
            metrics: span.metrics,
          }),
        );
      }
    }
    return { status: 'ok' };
  };
}
