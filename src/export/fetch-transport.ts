import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ResponseFacts } from './retry.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Starts a timer. Where `isHeld`, a process waits for it; else it keeps nothing alive. Returns what stops it. */
export type Later = (run: () => void, millis: number, isHeld?: boolean) => () => void;

/** What a request needs of its host. */
export interface FetchHost {
  readonly fetch: Fetch;
  readonly later: Later;
  /** Requests under way: the end of a process aborts them. */
  readonly inFlight: Set<AbortController>;
}

/** A request that has no answer by then has failed. */
const timeoutMillis = 10_000;
/** More of an answer than this is not read: it says what went wrong, no more. */
const maxAnswerLength = 65_536;

/**
 * One request, never traced, its answer drained: Chromium gives the quota of `keepalive` back only then.
 * Never rejects: a network error or a time-out has status 0.
 */
export async function request(
  { fetch, later, inFlight }: FetchHost,
  url: string,
  init: RequestInit,
): Promise<ResponseFacts & { headers?: Headers }> {
  const abort = new AbortController();
  inFlight.add(abort);
  const stop = later(() => abort.abort(), timeoutMillis);
  try {
    const response = await untraced(() => fetch(url, { redirect: 'manual', credentials: 'omit', signal: abort.signal, ...init }));
    const { status, headers } = response;
    const body = await readStart(response);
    return { status, headers, retryAfter: headers.get('retry-after'), contentType: headers.get('content-type'), body };
  } catch {
    return { status: 0 };
  } finally {
    stop();
    inFlight.delete(abort);
  }
}

/** Runs in a context that tracers and instrumentations, ours and others, leave alone. */
export function untraced<T>(run: () => T): T {
  return context.with(ROOT_CONTEXT.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true), run);
}

async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (!value) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > maxAnswerLength) await reader?.cancel();
  }
}
