import { type MeterProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import { createGuard, type Guard } from './guard.ts';

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

/** What every instrumentation of ours works with. */
export interface Watch<Options> {
  readonly guard: Guard;
  tracer(): Tracer;
  options(): Options;
}

/** `watch` patches the host and returns what undoes it. What it throws, for the host forbids it, is said by `diag`. */
export function createInstrumentation<Options extends object>(
  name: string,
  options: Options,
  watch: (tools: Watch<Options>) => () => void,
): Instrumentation<Options> {
  const instrumentationName = `edgespan/${name}`;
  const instrumentationVersion = '0.1.0';
  const guard = createGuard();
  let config = options;
  let provider: TracerProvider = trace;
  let undo: (() => void) | undefined;
  return {
    instrumentationName,
    instrumentationVersion,
    enable() {
      undo ??= guard(name, () =>
        watch({ guard, tracer: () => provider.getTracer(instrumentationName, instrumentationVersion), options: () => config }),
      );
    },
    disable() {
      undo?.();
      undo = undefined;
    },
    setTracerProvider(next) {
      provider = next;
    },
    setMeterProvider() {},
    setConfig(next) {
      config = next;
    },
    getConfig: () => ({ ...config, enabled: !!undo }),
  };
}
