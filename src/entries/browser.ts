import { saveRestoreContextManager, saveRestoreLoaded } from '../context/save-restore.ts';
import type { GzipSync } from '../export/compress.ts';
import { flushUrgently } from '../export/exit-flush.ts';
import type { Later } from '../export/fetch-transport.ts';
import { documentLoadInstrumentation } from '../instrument/browser/document-load.ts';
import { fetchInstrumentation } from '../instrument/browser/fetch.ts';
import type { PageRequestOptions } from '../instrument/browser/page-client.ts';
import { xhrInstrumentation } from '../instrument/browser/xhr.ts';
import { leanComposite } from '../propagation/lean-composite.ts';
import { leanTraceContext } from '../propagation/lean-trace-context.ts';
import { onPageHidden, type PageGlobal } from '../runtime/page-lifecycle.ts';
import { defaultIntakePath, intake } from '../sdk/exporter.ts';
import type { Host } from '../sdk/host.ts';
import type { InstrumentationLike, TracingOptions } from '../sdk/options.ts';
import { registerTracing, type TracingHandle } from '../sdk/register.ts';
import { guard, tell } from '../trace/guard.ts';
import { maxBatchCompressedBytes, maxBatchRawBytes, maxBatchSpans } from '../trace/limits.ts';

export { withContext } from '../context/with-context.ts';
export { recordException, withSpan } from '../instrument/with-span.ts';
export type { IntakeOptions } from '../sdk/exporter.ts';
export type { InstrumentationLike, PageRequestOptions, TracingHandle, TracingOptions };
export { documentLoadInstrumentation, fetchInstrumentation, intake, xhrInstrumentation };

/**
 * Registers tracing in a page or a web worker. A second call (hot reload) exchanges what is behind the first.
 *
 * @throws TypeError naming option, rule and value where the options are wrong; nothing after that throws into the page.
 * @example
 * const tracing = register({ service: 'shop-web', env: 'prod', version: '1.4.0', instrumentations: webInstrumentations() })
 */
export function register(options: TracingOptions = {}): TracingHandle {
  return registerTracing(options, browserHost());
}

/**
 * The recommended set: `fetch`, XHR and document load.
 *
 * @param options for the two that send requests, e.g. `allowedTracingUrls`.
 */
export function webInstrumentations(options: Omit<PageRequestOptions<never>, 'responseHook'> = {}): InstrumentationLike[] {
  return [fetchInstrumentation(options), xhrInstrumentation(options), documentLoadInstrumentation()];
}

function browserHost(): Host {
  const page = globalThis as unknown as PageGlobal & { Zone?: unknown };
  // An instrumentation that patched before keeps the platform's own here.
  const fetch = (globalThis.fetch as typeof globalThis.fetch & { __original?: typeof globalThis.fetch }).__original ?? globalThis.fetch;
  const later: Later = (run, millis) => {
    const timer = setTimeout(run, millis);
    return () => clearTimeout(timer);
  };
  let gzipSync: GzipSync | undefined;
  return {
    runtime: page.document ? 'browser' : 'worker',
    runtimeVersion: '',
    isPage: true,
    fetch: fetch.bind(globalThis),
    later,
    pause: () => new Promise((resolve) => setTimeout(resolve)),
    time: performance,
    nowMillis: () => Date.now(),
    fillRandom: (words) => crypto.getRandomValues(words),
    random: () => Math.random(),
    batch: {
      maxQueueSize: 4096,
      maxQueueBytes: 2_097_152,
      maxExportBatchSize: maxBatchSpans,
      maxBatchRawBytes,
      maxBatchCompressedBytes,
      scheduledDelayMillis: 5000,
    },
    silenceMillis: Number.POSITIVE_INFINITY,
    defaultExporter: () => intake({ url: defaultIntakePath }),
    contextManager: () => {
      later(() => warnOfLostContext('Zone' in page), warnDelayMillis);
      return saveRestoreContextManager().enable();
    },
    propagator: ({ propagators = [leanTraceContext()], traceContextInjection = 'sampled' }) =>
      leanComposite({ propagators, traceContextInjection }),
    gzipSync: () => gzipSync,
    flushUrgently,
    onExit({ batch, options }) {
      // Page exit has no time to fetch anything; a page that never gets idle sends its rest uncompressed.
      if (!options.compression) {
        later(() => {
          import('../export/gzip-sync.ts').then(
            (loaded) => {
              gzipSync = loaded.gzipSync;
            },
            (error) => tell('page exit will not compress', error),
          );
        }, loadDelayMillis);
      }
      return onPageHidden(page, (isGone) => guard(() => batch.flushUrgently(isGone)));
    },
  };
}

/** Long enough to leave the page's own start alone. */
const loadDelayMillis = 1000;
/** The build plugin's run-time may sit in a chunk that comes later than this one. */
const warnDelayMillis = 3000;

function warnOfLostContext(hasZone: boolean): void {
  if (saveRestoreLoaded()) return;
  tell(
    `the active span is lost at the first await: build with asyncContext() of edgespan/vite or edgespan/esbuild, or pass contextManager: zoneContextManager() of edgespan/zone${
      hasZone ? ' (Zone.js is loaded already)' : ''
    }`,
  );
}
