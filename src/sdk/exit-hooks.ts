import type { ExitPorts } from './host.ts';

/** What a process calls at its end. */
export interface ExitHooks {
  /**
   * Resolves when all is delivered, at the first failure, or after `timeoutMillis`. `isGone`: what is left then is counted as lost, and
   * requests in flight are aborted, as they would keep the process alive.
   */
  flush(timeoutMillis: number, isGone: boolean): Promise<void>;
  /** Whether anything is left to send. */
  hasWork(): boolean;
}

/** Only processes need it, so the doors that have one ask for it. */
export function exitHooks({ batch, stats, inFlight }: ExitPorts): ExitHooks {
  return {
    async flush(timeoutMillis, isGone) {
      await batch.flush(timeoutMillis, true);
      if (!isGone) return;
      batch.abandon('exit_overflow');
      for (const request of inFlight) request.abort();
    },
    hasWork: () => stats.buffered + stats.inFlight > 0,
  };
}
