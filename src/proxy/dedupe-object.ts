import { createBreaker } from './breaker.ts';
import { afterwards, type Dedupe, leaseMillis } from './dedupe.ts';
import type { Outcome } from './upstream/upstream.ts';

/** What is used of a Durable Object's state. @see https://developers.cloudflare.com/durable-objects/api/state/ */
export interface DedupeObjectState {
  readonly storage: {
    get<T>(key: string): Promise<T | undefined>;
    put<T>(key: string, value: T): Promise<void>;
    delete(key: string): Promise<boolean>;
    list<T>(options: { limit: number; startAfter?: string }): Promise<Map<string, T>>;
    getAlarm(): Promise<number | null>;
    setAlarm(atMillis: number): Promise<void>;
  };
}

/** A namespace of `DedupeObject`. */
export interface DedupeNamespace {
  idFromName(name: string): unknown;
  get(id: never): { fetch(url: string, init: { method: 'POST'; body: string }): Promise<Response> };
}

interface Entry {
  readonly untilMillis: number;
  readonly isDone: boolean;
}

/** A client gives a batch up after 24 hours. */
const keepMillis = 90_000_000;
/** How long an answer of the object's is waited for: the sender waits, too. */
const answerMillis = 3_000;
const sweepMillis = 3_600_000;
const sweepSize = 1_000;

/**
 * Remembers batches for 25 hours, for all isolates: one object per part of the clients. Bind it as `DEDUPE` and name it in a migration.
 */
export class DedupeObject {
  readonly #state: DedupeObjectState;

  constructor(state: DedupeObjectState) {
    this.#state = state;
  }

  /**
   * `POST /claim`, `/spool`, `/done`, `/release` with a key as body. A claim answers `claimed`, `spooled` (claimed, but the spool may have
   * it), `leased` or `done`.
   */
  async fetch(request: Request): Promise<Response> {
    const key = await request.text();
    const { storage } = this.#state;
    switch (new URL(request.url).pathname) {
      case '/claim': {
        const entry = await storage.get<Entry>(key);
        if (entry !== undefined && entry.untilMillis > Date.now()) return new Response(entry.isDone ? 'done' : 'leased');
        await storage.put<Entry>(key, { untilMillis: Date.now() + leaseMillis, isDone: false });
        if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + sweepMillis);
        return new Response((await storage.get(`~${key}`)) === undefined ? 'claimed' : 'spooled');
      }
      case '/spool':
        // Beside the entry, which a failure releases.
        await storage.put<Entry>(`~${key}`, { untilMillis: Date.now() + keepMillis, isDone: false });
        return new Response('spooled');
      case '/done':
        await storage.put<Entry>(key, { untilMillis: Date.now() + keepMillis, isDone: true });
        return new Response('done');
      case '/release':
        await storage.delete(key);
        return new Response('released');
      default:
        return new Response(null, { status: 404 });
    }
  }

  /** Forgets what is past its time. */
  async alarm(): Promise<void> {
    const { storage } = this.#state;
    let startAfter: string | undefined;
    let isEmpty = true;
    for (;;) {
      const entries = await storage.list<Entry>({ limit: sweepSize, ...(startAfter === undefined ? {} : { startAfter }) });
      for (const [key, { untilMillis }] of entries) {
        startAfter = key;
        if (untilMillis <= Date.now()) await storage.delete(key);
        else isEmpty = false;
      }
      if (entries.size < sweepSize) break;
    }
    if (!isEmpty) await storage.setAlarm(Date.now() + sweepMillis);
  }
}

/**
 * Lets every batch through once for all isolates. Where the object cannot be asked or hangs, batches go through: a duplicate is better than a loss. The proxy
 * then remembers what its own memory can, counts that and says so.
 *
 * @example
 * ```ts
 * createIntakeProxy((env) => ({ ...options, dedupe: objectDedupe(env.DEDUPE) }))
 * ```
 */
export function objectDedupe(namespace: DedupeNamespace): Dedupe {
  // The first digits of a client's random id: 4,096 objects at most.
  const objectOf = (key: string) => namespace.get(namespace.idFromName(key.replace('>', '').slice(0, 3)) as never);
  // One that hangs is not waited for each time.
  const breaker = createBreaker(Date.now);
  let onUnanswered = (): void => {};
  const ask = async (key: string, what: string): Promise<string | undefined> => {
    const answer = await objectOf(key).fetch(`https://dedupe/${what}`, { method: 'POST', body: key });
    return answer.ok ? answer.text() : undefined;
  };
  const tell = async (key: string, what: 'claim' | 'spool' | 'done' | 'release'): Promise<string | undefined> => {
    const answer = await Promise.race([ask(key, what).catch(() => undefined), timeUp(answerMillis)]);
    if (answer === undefined) {
      breaker.failed(undefined);
      onUnanswered();
    } else breaker.succeeded();
    return answer;
  };
  return {
    reportTo(report) {
      onUnanswered = report.unanswered;
    },
    async once(key, run): Promise<Outcome> {
      const claim = breaker.waitMillis() > 0 ? undefined : await tell(key, 'claim');
      if (claim === 'done') return { status: 'ok' };
      if (claim === 'leased') return { status: 'retry', code: 'in_flight', afterMillis: 2_000 };
      if (claim === undefined) return run();
      const willSpool = async (): Promise<void> => void (await tell(key, 'spool'));
      return afterwards(await run({ mayBeSpooled: claim === 'spooled', willSpool }), async ({ status }) => {
        await tell(key, status === 'ok' ? 'done' : 'release');
      });
    },
  };
}

function timeUp(millis: number): Promise<undefined> {
  const signal = AbortSignal.timeout(millis);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
