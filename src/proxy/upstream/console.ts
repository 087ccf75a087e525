import { parentIdOf, spanIdOf, traceIdOf } from '../../datadog/hex-ids.ts';
import type { Upstream } from './upstream.ts';

/** Options of `consoleUpstream`. */
export interface ConsoleUpstreamOptions {
  /** Takes one line of JSON per span. Default `console.log`. */
  readonly write?: (line: string) => void;
}

/**
 * Prints each span as one line of JSON, without anything that a terminal would act on: for a first look, not for production.
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
          printLine({
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

/** What a terminal would act on is an escape, as JSON makes of the controls that it knows. */
function printLine(span: object): string {
  return JSON.stringify(span).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}
