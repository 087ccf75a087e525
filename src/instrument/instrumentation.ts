import { type MeterProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';

/** By shape the `Instrumentation` of `@opentelemetry/instrumentation`, so that its own and ours go into one list. */
export interface Instrumentation<Options extends object = object> {
  readonly instrumentationName: string;
  readonly instrumentationVersion: string;
  /** Patches the host; nothing is touched before. Never throws; a second call does nothing. */
  enable(): void;
  /** Undoes the patches, or makes them pass everything through where somebody patched on top of them. */
  disable(): void;
  setTracerProvider(provider: TracerProvider): void;
  setMeterProvider(provider: MeterProvider): void;
  /** Options that take hold at the next call of the host. */
  setConfig(options: Options & { enabled?: boolean }): void;
  /** `enabled` says whether the patches are in: OpenTelemetry's `registerInstrumentations` enables those that are not. */
  getConfig(): Options & { enabled?: boolean };
}

/** What an instrumentation works with. */
export interface Watch<Options> {
  tracer(): Tracer;
  options(): Options;
}

/** `watch` patches the host and returns what undoes it. */
export function createInstrumentation<Options extends object>(
  name: string,
  options: Options,
  watch: (tools: Watch<Options>) => (() => void) | undefined,
): Instrumentation<Options> {
  const instrumentationName = `edgespan/${name}`;
  const instrumentationVersion = '0.1.0';
  let config: Options & { enabled?: boolean } = options;
  let tracer: Tracer | undefined;
  let undo: (() => void) | undefined;
  let isEnabled = false;
  const setTracerProvider = (provider: TracerProvider): void => {
    tracer = provider.getTracer(instrumentationName, instrumentationVersion);
  };
  return {
    instrumentationName,
    instrumentationVersion,
    enable() {
      if (isEnabled) return;
      isEnabled = true;
      undo = watch({
        tracer() {
          if (!tracer) setTracerProvider(trace);
          return tracer!;
        },
        options: () => config,
      });
    },
    disable() {
      undo?.();
      undo = undefined;
      isEnabled = false;
    },
    setTracerProvider,
    setMeterProvider() {},
    setConfig(next) {
      config = next;
    },
    getConfig: () => ({ ...config, enabled: isEnabled }),
  };
}
