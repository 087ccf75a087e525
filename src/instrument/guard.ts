import { diag } from '@opentelemetry/api';

/** Runs a piece of ours inside a call of the host. Never throws: what went wrong is said once per `action`, the result is undefined. */
export type Guard = <T>(action: string, run: () => T) => T | undefined;

/** A guard with a memory of its own, so that a hook which fails on every request speaks once. */
export function createGuard(): Guard {
  const said = new Set<string>();
  return (action, run) => {
    try {
      return run();
    } catch (error) {
      try {
        if (!said.has(action)) diag.warn(`edgespan: ${action} failed`, error);
        said.add(action);
      } catch {
        // A logger that throws is not the host's trouble.
      }
      return undefined;
    }
  };
}
