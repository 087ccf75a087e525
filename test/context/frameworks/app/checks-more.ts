import { context } from '@opentelemetry/api';
import { withContext } from '../../../../src/context/with-context.ts';
import { active, type Check, inContext, named, need } from './check.ts';

interface Attachable {
  attach?(context: unknown): { dispose(): void };
}

/** The manager itself: API 1.9's own `context` has no `attach()` yet. */
export interface Managers {
  attach: Attachable['attach'];
  /** Native, whoever has patched it since. */
  later(fn: () => void, millis: number): void;
}

export const handChecks = ({ attach, later }: Managers): Record<string, Check> => ({
  'context.bind': async (look) => {
    const bound = context.bind(context.active(), (a: number) => (look(), a));
    await 1;
    look.expect(inContext('B', () => bound(1)) === 1, 'result');
  },
  withContext: (look) => {
    const bound = withContext((a: number, _b: number) => (look(), a));
    look.expect(bound.length === 2, 'length');
    return new Promise<void>((resolve) => later(() => (bound(1, 2), resolve()), 1));
  },
  'attach() lasts over an await': async (look) => {
    need(attach, 'attach');
    const token = attach?.(named('B'));
    look('B');
    await 1;
    look('B');
    token?.dispose();
    look();
    await 1;
    look();
  },
  'attach() does not reach the caller': async (look) => {
    need(attach, 'attach');
    const inner = async (): Promise<void> => {
      attach?.(named('B'));
      await 1;
      look('B');
    };
    const pending = inner();
    look();
    await pending;
    look();
  },
  'nothing leaks into the next task': async (look) => {
    const seen: unknown[] = [];
    await 1;
    const next = new Promise<void>((resolve) => later(() => (seen.push(active()), resolve()), 0));
    await fetch('/data.json');
    await next;
    look.expect(seen[0] === undefined, `${seen[0]} in a task of its own`);
  },
  'nothing leaks out of what nobody awaits': async (look) => {
    const seen: unknown[] = [];
    void (async () => {
      await 1;
      await Promise.reject(new Error('unheard'));
    })().catch(() => {});
    void (async () => {
      for await (const _ of [1, 2]) await 1;
    })();
    await new Promise<void>((resolve) => later(() => (seen.push(active()), later(() => (seen.push(active()), resolve()), 1)), 1));
    look.expect(
      seen.every((name) => name === undefined),
      seen.join(),
    );
  },
  '1,000 operations at once': async (look) => {
    let swaps = 0;
    let looks = 0;
    const operation = async (name: string): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        if (i % 3 === 0) await Promise.resolve();
        else if (i % 3 === 1) await new Promise<void>((resolve) => queueMicrotask(resolve));
        else await new Promise<void>((resolve) => later(resolve, i % 5));
        looks++;
        if (active() !== name) swaps++;
      }
      for await (const _ of [1, 2]) if (active() !== name) swaps++;
    };
    await Promise.all(Array.from({ length: 1000 }, (_, index) => inContext(`operation ${index}`, () => operation(`operation ${index}`))));
    look.expect(swaps === 0 && looks === 10_000, `${swaps} of ${looks} in another context`);
  },
});
