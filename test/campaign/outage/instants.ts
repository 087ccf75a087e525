/** Steps of a batch's way through the proxy, each before and after which the process can be killed. */
export const acceptSteps = ['accepted', 'claim', 'write', 'rename', 'sync', 'index', 'send', 'done', 'answer'] as const;
/** Steps on the way out of the spool, up to the start of a forward. */
export const leaveSteps = ['accepted', 'claim', 'read', 'brought', 'forward'] as const;
export type Step = (typeof acceptSteps)[number] | (typeof leaveSteps)[number];

/** Kills its own process at an instant that was chosen before. */
export interface Instants {
  /** Runs a step; the process may end before it begins or after it ended. */
  step<T>(name: Step, run: () => Promise<T>): Promise<T>;
  /** From here on a forward of this batch is under way: the process is not killed by this plan. */
  begin(batch: string): void;
  /** The batch was not taken, or it is on record that it was. */
  end(batch: string): void;
}

/** @param plan `write before 3`: the third time a file is written, before it is. Empty: nothing happens. */
export function createInstants(plan: string, kill: () => void): Instants {
  const [step, side, nth] = plan.split(' ');
  const open = new Set<string>();
  let count = 0;
  const pass = (name: Step, at: 'before' | 'after'): void => {
    if (name === step && at === side && ++count >= Number(nth) && open.size === 0) kill();
  };
  return {
    async step(name, run) {
      pass(name, 'before');
      const result = await run();
      pass(name, 'after');
      return result;
    },
    begin: (batch) => void open.add(batch),
    end: (batch) => void open.delete(batch),
  };
}
