import { countSpans } from '../datadog/count-spans.ts';
import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { maxRequestBytes } from '../trace/limits.ts';
import { refused } from './answer.ts';
import { countDropped } from './count-dropped.ts';
import { afterwards, type DedupeClaim } from './dedupe.ts';
import type { WaitUntil } from './deliver.ts';
import type { IntakeParts } from './intake-parts.ts';
import { judgeLine, judgeOrigin, judgePayloadStart } from './judge.ts';
import { prepare } from './prepare.ts';
import { batchKey } from './spool/spool.ts';
import type { IntakeBatch, Outcome } from './upstream/upstream.ts';
import { readPayload } from './validate.ts';
import type { Way } from './way.ts';

/** The way of an envelope: judge, inflate, decode, validate, prepare, accept. */
export const takeEnvelope: Way = async (request, sender, parts) => {
  const { config, dedupe, gate } = parts;
  const notAllowed = judgeOrigin(request.headers.get('origin'), config);
  if (notAllowed !== undefined) return refused(notAllowed);
  const early = await gate.knock(sender);
  if (early !== undefined) return early;
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') return refused('encoded_body');

  return gate.withBody(request, sender, maxRequestBytes, async (body, charge) => {
    const parsed = parseEnvelopeLine(body);
    if (parsed.line === undefined) return refused(parsed.error);
    const sent = parsed.line;
    const payload = body.subarray(parsed.payloadOffset);
    const code = judgePayloadStart(sent, payload);
    if (code !== undefined) return refused(code);
    const judgement = await judgeLine(request, sent, payload.length, config);
    if (judgement.code !== undefined) return refused(judgement.code);
    const { grant } = judgement;
    const late = await charge(grant, sent.spans);
    if (late !== undefined) return late;

    // The token ends here: nothing behind this point sees it.
    const { token: _, ...line } = sent;
    const outcome = await dedupe.once(batchKey({ line }), async (claim) => {
      const raw = line.enc === 'gzip' ? config.inflate(payload, line.raw) : payload;
      const chunks = typeof raw === 'string' ? { error: raw } : readPayload(raw, line.spans, config.now());
      if ('error' in chunks) return { status: 'rejected', code: chunks.error };
      const oversize = prepare(chunks, grant, config);
      const nowMillis = config.now();
      config.enrich?.(chunks, { request, line, address: sender.address || undefined, isServer: grant.isServer === true, nowMillis });
      const batch = { line: { ...line, spans: countSpans(chunks) }, chunks, receivedAtMillis: nowMillis };
      const outcome = await accepted(batch, sender.waitUntil, parts, claim);
      return afterwards(outcome, (last) => {
        if (last.status === 'ok' && oversize > 0) countDropped(new Map([['oversize', oversize]]), parts);
      });
    });
    // Until then, what remembers the batch holds it.
    if (outcome.status === 'retry' && outcome.settled !== undefined) sender.waitUntil(outcome.settled);
    return outcome;
  });
};

async function accepted(
  batch: IntakeBatch,
  waitUntil: WaitUntil,
  { delivery, metrics }: IntakeParts,
  claim: DedupeClaim | undefined,
): Promise<Outcome> {
  const outcome: Outcome = batch.line.spans > 0 ? await delivery.accept(batch, waitUntil, claim) : { status: 'ok' };
  if (outcome.status === 'ok') {
    metrics.add('batches_accepted', 1);
    metrics.add('spans_accepted', batch.line.spans);
    metrics.ledger(batch.line);
  }
  return outcome;
}
