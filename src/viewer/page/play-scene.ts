/** A button of the playground, with the code it runs. */
export interface PlayScene {
  /** Heading it stands under. */
  readonly group: string;
  readonly id: string;
  readonly title: string;
  /** Shown as it is. */
  readonly code: string;
  /** Runs the code; the trace it made is shown beside. What it throws is shown under the code. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a scene that makes no trace returns nothing
  run(): Promise<{ traceId: string } | undefined | void>;
}

/** One tier of the playground, left to right as a request goes. */
export interface PlayTier {
  readonly title: string;
  /** Version and place, e.g. `workerd :8787`. */
  readonly detail: string;
  readonly runtime: 'browser' | 'worker' | 'workerd' | 'deno' | 'node' | 'bun';
  readonly state: 'ready' | 'starting' | 'failed';
}
