import { diag } from '@opentelemetry/api';

/** Tells OpenTelemetry's diagnostic logger, whose own failure may not reach the host either. Never throws. */
export function tell(message: string, error?: unknown): void {
  try {
    diag.warn(`edgespan: ${message}`, ...(error === undefined ? [] : [error]));
  } catch {
    // A logger that throws has nobody left to be told.
  }
}

/** Runs what touches values of the host: a getter, a proxy or a callback that throws ends here. Never throws. */
export function guard<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    tell('ignored what threw', error);
    return undefined;
  }
}
