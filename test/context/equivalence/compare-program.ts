import type { Program } from './programs.ts';
import { type TraceHost, traceProgram } from './trace-program.ts';

export interface Comparison {
  /** What differs, in words; empty: the transformed program does the same in the same order, in the right context. */
  differences: string[];
  /** No program of the language: a name declared twice, say. */
  isInvalid: boolean;
}

/**
 * Runs a program as it is and transformed, the latter at the root and in a context. `lenient`: a thenable's `then` that the engine calls
 * for code which is not transformed (a promise resolved with a thenable) may see the root.
 */
export async function compareProgram(
  { code }: Program,
  transformed: string | undefined,
  host: TraceHost,
  lenient = false,
): Promise<Comparison> {
  let expected: string[];
  try {
    ({ effects: expected } = await traceProgram(code, host, undefined));
  } catch (error) {
    if (error instanceof SyntaxError) return { differences: [], isInvalid: true };
    throw error;
  }
  if (transformed === undefined) return { differences: [], isInvalid: false };
  const differences: string[] = [];
  for (const context of [undefined, 'A']) {
    const { effects, strays } = await traceProgram(transformed, host, context);
    const at = expected.findIndex((effect, index) => effects[index] !== effect);
    if (at >= 0 || effects.length !== expected.length) {
      differences.push(`in ${context ?? 'root'}: effect ${at} is ${effects[at]} instead of ${expected[at]}`);
    }
    differences.push(
      ...strays.filter((stray) => !lenient || !stray.startsWith('then ')).map((stray) => `in ${context ?? 'root'}: ${stray}`),
    );
  }
  return { differences, isInvalid: false };
}
