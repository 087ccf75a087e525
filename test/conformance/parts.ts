import type { Tally } from './tally.ts';
import type { Tool } from './tools.ts';

/** What a part of the campaign gets. */
export interface Setting {
  readonly tally: Tally;
  readonly agentReceiver: Tool;
  readonly otlpReceiver: Tool;
  readonly python: Tool;
  readonly peers: Tool;
  /** For whoever wants to see the same again. */
  readonly seed: number;
  /** Writes docs/differences.md instead of comparing it. */
  readonly isWriting: boolean;
}

export type Part = (setting: Setting) => Promise<void>;
