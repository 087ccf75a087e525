import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { maxRequestBytes } from '../trace/limits.ts';
import { takeAgentForm } from './agent-form.ts';
import { type IntakeResult, type Refused, refused } from './answer.ts';
import type { DedupeClaim } from './dedupe.ts';
import type { IntakeParts, Sender, WaitUntil } from './intake-parts.ts';
import { judgeLine, judgeOrigin, judgePayloadStart } from './judge.ts';
import type { ProxyConfig } from './options.ts';
import { prepare } from './prepare.ts';
import { addressKey } from './rate-limit.ts';
import type { RequestCost } from './rate-limit-bucket.ts';
import { readBody } from './read-body.ts';
import { batchKey } from './spool/spool.ts';
import type { IntakeBatch, Outcome } from './upstream/upstream.ts';
import { readPayload } from './validate.ts';

/** The way of an envelope: judge, inflate, decode, validate, prepare, accept. */
export interface Intake {
  /** Takes one request with an envelope, or with the Agent's own form. */
  take(request: Request, sender: Sender, isAgentForm?: boolean): Promise<IntakeResult>;
}

export function createIntake(parts: IntakeParts): Intake {
  const { config, metrics } = parts;
  const { log } = config;
  let inFlight = 0;

  return {
    async take(request, sender, isAgentForm = false) {
      const way = isAgentForm ? takeAgentForm : takeEnvelope;
      const isBusy = inFlight >= config.maxInFlight;
      inFlight++;
      try {
        const outcome = isBusy ? refused('busy', 1) : await way(request, sender, parts);
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

async function limited({ rateLimit }: ProxyConfig, key: string | undefined, cost: RequestCost): Promise<Refused | undefined> {
  const seconds = key === undefined ? 0 : ((await rateLimit?.(key, cost)) ?? 0);
  return seconds > 0 ? refused('rate_limited', seconds) : undefined;
}

async function takeEnvelope(request: Request, { waitUntil, address }: Sender, parts: IntakeParts): Promise<Outcome | Refused> {
  const { config, dedupe } = parts;
  const notAllowed = judgeOrigin(request.headers.get('origin'), config);
  if (notAllowed !== undefined) return refused(notAllowed);
  const early = await limited(config, address && `address ${addressKey(address)}`, { requests: 1, spans: 0, bytes: 0 });
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
  const late = await limited(config, holder, { requests: grant.id === undefined ? 0 : 1, spans: sent.spans, bytes: body.length });
  if (late !== undefined) return late;

  // The token ends here: nothing behind this point sees it.
  const { token: _, ...line } = sent;
  return dedupe.once(batchKey({ line }), async (claim) => {
    const raw = line.enc === 'gzip' ? config.inflate(payload, line.raw) : payload;
    const chunks = typeof raw === 'string' ? { error: raw } : readPayload(raw, line.spans, config.now());
    if ('error' in chunks) return { status: 'rejected', code: chunks.error };
    prepare(chunks, grant, config.redact);
    config.enrich?.(chunks, { request, line, address, nowMillis: config.now() });
    return accepted({ line, chunks, payload, receivedAtMillis: config.now() }, waitUntil, parts, claim);
  });
}

async function accepted(
  batch: IntakeBatch,
  waitUntil: WaitUntil,
  { delivery, metrics }: IntakeParts,
  claim: DedupeClaim | undefined,
): Promise<Outcome> {
  const outcome = await delivery.accept(batch, waitUntil, claim);
  if (outcome.status === 'ok') {
    metrics.add('batches_accepted', 1);
    metrics.add('spans_accepted', batch.line.spans);
    metrics.ledger(batch.line);
  }
  return outcome;
}
