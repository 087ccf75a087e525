import { Agent, request } from 'node:http';

/** Answers to a load. */
export interface LoadResult {
  /** From the first byte sent to the last one read, sorted. */
  readonly latencyMillis: readonly number[];
  /** By status and code. */
  readonly answers: ReadonlyMap<string, number>;
  readonly seconds: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called for each request. */
  readonly body: () => Uint8Array;
  /** Requests at once; at a fixed rate, the most at once. */
  readonly concurrency: number;
  /** Ends after so many, or after so long. */
  readonly count?: number;
  readonly millis?: number;
  /** Requests a second, whether or not answers come; without it each answer brings the next request. */
  readonly perSecond?: number;
}

export async function runLoad({ url, headers = {}, body, concurrency, count, millis, perSecond }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencyMillis: number[] = [];
  const answers = new Map<string, number>();
  const start = performance.now();
  let sent = 0;
  const isOver = (): boolean => (count !== undefined && sent >= count) || (millis !== undefined && performance.now() - start >= millis);

  const once = async (dueMillis: number): Promise<void> => {
    const answer = await send(url, headers, body(), agent);
    latencyMillis.push(performance.now() - dueMillis);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  };
  if (perSecond === undefined) {
    const worker = async (): Promise<void> => {
      while (!isOver()) {
        sent++;
        await once(performance.now());
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  } else {
    // Latency counts from when a request was due, so that a server that stalls cannot hide behind requests that were not sent.
    const running: Promise<void>[] = [];
    while (!isOver()) {
      const due = start + (sent * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      sent++;
      running.push(once(due));
    }
    await Promise.all(running);
  }
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return { latencyMillis: latencyMillis.toSorted((a, b) => a - b), answers, seconds };
}

/** The value that a share of the sorted values is not above. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function describeAnswers(answers: ReadonlyMap<string, number>): string {
  return [...answers].map(([answer, times]) => `${times} × ${answer}`).join(', ');
}

function send(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('end', () => resolve(`${incoming.statusCode} ${/"error":"(\w+)"/.exec(text)?.[1] ?? ''}`.trim()));
      incoming.on('error', (error) => resolve(error.message));
    });
    outgoing.on('error', (error) => resolve(error.message));
    outgoing.end(body);
  });
}
