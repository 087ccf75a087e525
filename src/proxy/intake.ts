import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { maxRequestBytes } from '../trace/limits.ts';
import { type IntakeResult, type Refused, refusalOf } from './answer.ts';
import type { Dedupe } from './dedupe.ts';
import { inflateGzip } from './inflate.ts';
import { judgeLine, judgeOrigin, judgePayloadStart } from './judge.ts';
import type { ProxyConfig } from './options.ts';
import { prepare } from './prepare.ts';
import { addressKey, type RequestCost } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import type { IntakeBatch, Outcome, Upstream } from './upstream/upstream.ts';
import { readPayload } from './validate.ts';

/** Keeps the host awake for work that goes on after the answer. */
export type WaitUntil = (promise: Promise<unknown>) => void;

/** What the host knows of a request beside the request. */
export interface Sender {
  readonly waitUntil: WaitUntil;
  readonly address: string | undefined;
}

/** The way of an envelope: judge, inflate, decode, validate, prepare, accept. */
export interface Intake {
  /** Takes one request with an envelope. */
  take(request: Request, sender: Sender): Promise<IntakeResult>;
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

  async function limited(key: string | undefined, cost: RequestCost): Promise<Refused | undefined> {
    const seconds = key === undefined ? 0 : ((await config.rateLimit?.(key, cost)) ?? 0);
    return seconds > 0 ? refused('rate_limited', seconds) : undefined;
  }

  async function judged(request: Request, { waitUntil, address }: Sender): Promise<Outcome | Refused> {
    const early = await limited(address && `address ${addressKey(address)}`, { requests: 1, spans: 0, bytes: 0 });
    if (early !== undefined) return early;
    const encoding = request.headers.get('content-encoding');
    if (encoding !== null && encoding !== 'identity') return refused('encoded_body');
    const body = await readBody(request, maxRequestBytes, config.bodyTimeoutMillis);
    if (typeof body === 'string') return refused(body);
    const parsed = parseEnvelopeLine(body);
    if (parsed.line === undefined) return refused(parsed.error);
    const sent = parsed.line;
    const payload = body.subarray(parsed.payloadOffset);
    const code = judgePayloadStart(sent, payload);
    if (code !== undefined) return refused(code);
    const judgement = await judgeLine(request, sent, payload.length, config);
    if (judgement.code !== undefined) return refused(judgement.code);

    const { grant } = judgement;
    const holder = grant.id === undefined ? address && `address ${addressKey(address)}` : `holder ${grant.id}`;
    const late = await limited(holder, { requests: grant.id === undefined ? 0 : 1, spans: sent.spans, bytes: body.length });
    if (late !== undefined) return late;

    // The token ends here: nothing behind this point sees it.
    const { token: _, ...line } = sent;
    return dedupe.once(`${line.client}.${line.seq}`, async () => {
      const raw = line.enc === 'gzip' ? inflateGzip(payload, line.raw) : payload;
      const chunks = typeof raw === 'string' ? { error: raw } : readPayload(raw, line.spans, now());
      if ('error' in chunks) return { status: 'rejected', code: chunks.error };
      prepare(chunks, grant, config.redact);
      return handOn({ line, chunks, payload, receivedAtMillis: now() }, waitUntil);
    });
  }

  return {
    async take(request, sender) {
      const code = judgeOrigin(request.headers.get('origin'), config) ?? (inFlight >= config.maxInFlight ? 'busy' : undefined);
      inFlight++;
      try {
        const outcome = code === undefined ? await judged(request, sender) : refused(code);
        const result = outcome.status === 'rejected' ? refused(outcome.code) : outcome;
        if (result.status === 'refused') {
          const origin = request.headers.get('origin') ?? undefined;
          log({ level: 'warn', event: 'refused', code: result.refusal.code, origin });
        }
        return result;
      } finally {
        inFlight--;
      }
    },
    isDegraded: () => failures >= degradedFailureCount,
  };
}

function refused(code: string, retryAfterSeconds?: number): Refused {
  return { status: 'refused', refusal: refusalOf(code, retryAfterSeconds) };
}
