import type { IntakeParts } from './intake-parts.ts';

/** Counts and says what was left out of a batch that was taken, by reason. */
export function countDropped(
  spansByReason: ReadonlyMap<string, number>,
  { config, metrics }: Pick<IntakeParts, 'config' | 'metrics'>,
): void {
  for (const [reason, spans] of spansByReason) {
    metrics.add('spans_dropped', spans, reason);
    config.log({ level: 'warn', event: 'left_out', code: reason, spans });
  }
}
