import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { maxRequestBytes } from '../trace/limits.ts';
import { type IntakeResult, type Refused, refusalOf } from './answer.ts';
import type { Dedupe } from './dedupe.ts';
import type { Delivery } from './deliver.ts';
import { inflateGzip } from './inflate.ts';
import { judgeLine, judgeOrigin, judgePayloadStart } from './judge.ts';
import type { Metrics } from './metrics.ts';
import type { ProxyConfig } from './options.ts';
import { prepare } from './prepare.ts';
import { addressKey, type RequestCost } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import { batchKey } from './spool/spool.ts';
import type { IntakeBatch, Outcome } from './upstream/upstream.ts';
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
}

export interface IntakeParts {
  readonly config: ProxyConfig;
  readonly dedupe: Dedupe;
  readonly delivery: Delivery;
  readonly metrics: Metrics;
}

export function createIntake({ config, dedupe, delivery, metrics }: IntakeParts): Intake {
  const { log, now } = config;
  let inFlight = 0;

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
    return dedupe.once(batchKey({ line }), async () => {
      const raw = line.enc === 'gzip' ? inflateGzip(payload, line.raw) : payload;
      const chunks = typeof raw === 'string' ? { error: raw } : readPayload(raw, line.spans, now());
      if ('error' in chunks) return { status: 'rejected', code: chunks.error };
      prepare(chunks, grant, config.redact);
      return accepted({ line, chunks, payload, receivedAtMillis: now() }, waitUntil);
    });
  }

  async function accepted(batch: IntakeBatch, waitUntil: WaitUntil): Promise<Outcome> {
    const outcome = await delivery.accept(batch, waitUntil);
    if (outcome.status === 'ok') {
      metrics.add('batches_accepted', 1);
      metrics.add('spans_accepted', batch.line.spans);
      metrics.ledger(batch.line);
    }
    return outcome;
  }

  return {
    async take(request, sender) {
      const code = judgeOrigin(request.headers.get('origin'), config) ?? (inFlight >= config.maxInFlight ? 'busy' : undefined);
      inFlight++;
      try {
        const outcome = code === undefined ? await judged(request, sender) : refused(code);
        const result = outcome.status === 'rejected' ? refused(outcome.code) : outcome;
        if (result.status === 'refused') {
          metrics.add('requests_refused', 1, result.refusal.code);
          const origin = request.headers.get('origin') ?? undefined;
          log({ level: 'warn', event: 'refused', code: result.refusal.code, origin });
        }
        return result;
      } finally {
        inFlight--;
      }
    },
  };
}

function refused(code: string, retryAfterSeconds?: number): Refused {
  return { status: 'refused', refusal: refusalOf(code, retryAfterSeconds) };
}
