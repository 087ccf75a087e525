import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { maxRequestBytes } from '../trace/limits.ts';
import { type IntakeResult, refusalOf } from './answer.ts';
import type { Dedupe } from './dedupe.ts';
import { inflateGzip } from './inflate.ts';
import { judgeLine, judgeOrigin, judgePayloadStart } from './judge.ts';
import type { ProxyConfig } from './options.ts';
import { readBody } from './read-body.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream/upstream.ts';
import { readPayload } from './validate.ts';

/** Keeps the host awake for work that goes on after the answer. */
export type WaitUntil = (promise: Promise<unknown>) => void;

/** The way of an envelope: judge, inflate, decode, validate, accept. */
export interface Intake {
  /** Takes one request with an envelope. */
  take(request: Request, waitUntil: WaitUntil): Promise<IntakeResult>;
  /** Whether the primary upstream failed three times in a row. */
  isDegraded(): boolean;
}

const degradedFailureCount = 3;

export function createIntake(config: ProxyConfig, dedupe: Dedupe): Intake {
  const { log, now } = config;
  const [primary, ...others] = config.upstreams;
  let inFlight = 0;
  let failures = 0;

  async function handOn(batch: IntakeBatch, waitUntil: WaitUntil): Promise<Outcome> {
    const outcome = await send(primary, batch);
    failures = outcome.status === 'retry' ? failures + 1 : 0;
    if (outcome.status === 'retry') log({ level: 'warn', event: 'upstream', code: outcome.code });
    if (outcome.status === 'ok') for (const other of others) waitUntil(sendBestEffort(other, batch));
    return outcome;
  }

  async function sendBestEffort(other: Upstream, batch: IntakeBatch): Promise<void> {
    const outcome = await send(other, batch);
    if (outcome.status !== 'ok') log({ level: 'warn', event: 'other_upstream', code: outcome.code, spans: batch.line.spans });
  }

  async function send(upstream: Upstream, batch: IntakeBatch): Promise<Outcome> {
    try {
      return await upstream(batch, AbortSignal.timeout(config.upstreamTimeoutMillis));
    } catch {
      return { status: 'retry', code: 'upstream_error' };
    }
  }

  /** The outcome, or the code of a refusal. */
  async function judged(request: Request, waitUntil: WaitUntil): Promise<Outcome | string> {
    const encoding = request.headers.get('content-encoding');
    if (encoding !== null && encoding !== 'identity') return 'encoded_body';
    const body = await readBody(request, maxRequestBytes, config.bodyTimeoutMillis);
    if (typeof body === 'string') return body;
    const parsed = parseEnvelopeLine(body);
    if (parsed.line === undefined) return parsed.error;
    const sent = parsed.line;
    const payload = body.subarray(parsed.payloadOffset);
    const code = judgePayloadStart(sent, payload);
    if (code !== undefined) return code;
    const judgement = await judgeLine(request, sent, payload.length, config);
    if (judgement.code !== undefined) return judgement.code;

    // The token ends here: nothing behind this point sees it.
    const { token: _, ...line } = sent;
    return dedupe.once(`${line.client}.${line.seq}`, async () => {
      const raw = line.enc === 'gzip' ? inflateGzip(payload, line.raw) : payload;
      const chunks = typeof raw === 'string' ? { error: raw } : readPayload(raw, line.spans, now());
      if ('error' in chunks) return { status: 'rejected', code: chunks.error };
      return handOn({ line, chunks, payload, receivedAtMillis: now() }, waitUntil);
    });
  }

  return {
    async take(request, waitUntil) {
      const refuse = (code: string, retryAfterSeconds?: number): IntakeResult => {
        log({ level: 'warn', event: 'refused', code, origin: request.headers.get('origin') ?? undefined });
        return { status: 'refused', refusal: refusalOf(code, retryAfterSeconds) };
      };
      const code = judgeOrigin(request.headers.get('origin'), config);
      if (code !== undefined) return refuse(code);
      if (inFlight >= config.maxInFlight) return refuse('busy', 1);
      inFlight++;
      try {
        const result = await judged(request, waitUntil);
        if (typeof result === 'string') return refuse(result);
        return result.status === 'rejected' ? refuse(result.code) : result;
      } finally {
        inFlight--;
      }
    },
    isDegraded: () => failures >= degradedFailureCount,
  };
}
