import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

// What every check is given. An operation starts in context A; wherever the check looks, A has to be active.

const key = createContextKey('check');

export interface Look {
  /** Looks at the active context: `name` has to be active, A where nothing is said; undefined: the root. */
  (name?: string | undefined): void;
  /** Writes down what is wrong with something else than the context. */
  expect(isRight: boolean, what: string): void;
}

export type Check = (look: Look) => unknown;

/** Thrown by a check whose syntax or API the engine lacks. */
export class NotAvailable extends Error {}

export function need(isThere: unknown, what: string): void {
  if (!isThere) throw new NotAvailable(what);
}

export function active(): string | undefined {
  return context.active().getValue(key) as string | undefined;
}

export function inContext<T>(name: string, fn: () => T): T {
  return context.with(ROOT_CONTEXT.setValue(key, name), fn);
}

export function named(name: string): ReturnType<typeof ROOT_CONTEXT.setValue> {
  return ROOT_CONTEXT.setValue(key, name);
}

/** Waits for a task of its own, by means that no context manager patches. */
export type Later = (fn: () => void, millis: number) => void;

export type Outcome = 'ok' | 'lost' | 'n/a';

/** Runs a check in context A and says how it went; `detail` for people. Never rejects. */
export async function runCheck(check: Check, later: Later): Promise<{ outcome: Outcome; detail: string }> {
  const problems: string[] = [];
  let lookCount = 0;
  const look = ((...names: [string?]) => {
    const name = names.length ? names[0] : 'A';
    lookCount++;
    if (active() !== name) problems.push(`${active()} instead of ${name}`);
  }) as Look;
  look.expect = (isRight, what) => {
    lookCount++;
    if (!isRight) problems.push(what);
  };
  const ended = new Promise<string>((resolve) => {
    later(() => resolve('no end within 4 s'), 4000);
    try {
      Promise.resolve(inContext('A', () => check(look))).then(
        () => resolve(''),
        (error) => resolve(error instanceof NotAvailable ? 'n/a' : `failed: ${error}`),
      );
    } catch (error) {
      resolve(error instanceof NotAvailable ? 'n/a' : `failed: ${error}`);
    }
  });
  const end = await ended;
  if (end === 'n/a') return { outcome: 'n/a', detail: '' };
  if (end) problems.push(end);
  if (!lookCount) problems.push('never looked');
  return { outcome: problems.length ? 'lost' : 'ok', detail: [...new Set(problems)].slice(0, 3).join('; ') };
}
