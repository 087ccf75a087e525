/** What is called at the end of a process. */
export interface ExitWork {
  hasWork(): boolean;
  /** Resolves after `timeoutMillis` at the latest. */
  flush(timeoutMillis: number, isGone: boolean): Promise<void>;
}

/** Node's and Bun's `process`, as far as its end goes. */
export interface NodeProcess {
  readonly pid: number;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: string): unknown;
}

/** Deno's global, as far as its end goes. */
export interface DenoProcess {
  readonly pid: number;
  addSignalListener(signal: 'SIGTERM' | 'SIGINT', listener: () => void): void;
  removeSignalListener(signal: 'SIGTERM' | 'SIGINT', listener: () => void): void;
  kill(pid: number, signal: 'SIGTERM' | 'SIGINT'): void;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/** A finished script is kept alive no longer than this. */
const exitMillis = 2000;

/**
 * Flushes when the event loop has run dry, and on SIGTERM and SIGINT. A signal that nobody else listens for is raised again afterwards,
 * so that the process ends as it would have without us, with the same status. Returns what undoes it.
 */
export function onNodeExit(process: NodeProcess, work: ExitWork): () => void {
  let isDone = false;
  const onDry = (): void => {
    // Once per work: what failed to leave would otherwise keep the loop turning for ever.
    if (isDone || !work.hasWork()) return;
    isDone = true;
    void work.flush(exitMillis, true).then(() => {
      isDone = work.hasWork();
    });
  };
  process.on('beforeExit', onDry);
  const stops = signals.map((signal) => {
    const onSignal = (): void => {
      const isAlone = process.listenerCount(signal) === 1;
      const raise = (): void => {
        process.off(signal, onSignal);
        if (isAlone) process.kill(process.pid, signal);
        else process.on(signal, onSignal);
      };
      if (work.hasWork()) void work.flush(exitMillis, isAlone).then(raise);
      else raise();
    };
    process.on(signal, onSignal);
    return () => process.off(signal, onSignal);
  });
  return () => {
    process.off('beforeExit', onDry);
    for (const stop of stops) stop();
  };
}

/**
 * The same on Deno: `beforeunload` is held up once, until the flush is through. Signals only by choice, as other listeners cannot be seen
 * there. `Deno.exit()` and uncaught errors run nothing that could wait.
 */
export function onDenoExit(
  page: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>,
  deno: DenoProcess | undefined,
  work: ExitWork,
): () => void {
  let isDone = false;
  const onDry = (event: Event): void => {
    if (isDone || !work.hasWork()) return;
    isDone = true;
    event.preventDefault();
    void work.flush(exitMillis, true).then(() => {
      isDone = work.hasWork();
    });
  };
  page.addEventListener('beforeunload', onDry);
  const stops = (deno ? signals : []).map((signal) => {
    const onSignal = (): void => {
      const raise = (): void => {
        deno?.removeSignalListener(signal, onSignal);
        deno?.kill(deno.pid, signal);
      };
      if (work.hasWork()) void work.flush(exitMillis, true).then(raise);
      else raise();
    };
    deno?.addSignalListener(signal, onSignal);
    return () => deno?.removeSignalListener(signal, onSignal);
  });
  return () => {
    page.removeEventListener('beforeunload', onDry);
    for (const stop of stops) stop();
  };
}
