import { countSpans } from '../datadog/count-spans.ts';
import { isTopLevelMarked, markTopLevel } from '../datadog/top-level.ts';
import type { EnvelopeLine } from '../export/envelope.ts';
import { maxAgentFormBytes } from '../trace/limits.ts';
import { refused } from './answer.ts';
import { countDropped } from './count-dropped.ts';
import { cutToBatches } from './cut-batch.ts';
import { prepare } from './prepare.ts';
import type { Outcome } from './upstream/upstream.ts';
import { readAgentPayload } from './validate.ts';
import type { Way } from './way.ts';

/**
 * Takes a request in the Agent's own form, from servers under a tracer of Datadog's: only with a token in `Authorization: Bearer`. There is
 * no line that says service, env and version: what the token says of them holds. It has no batch id, so a try that is repeated is taken
 * twice, as by an Agent; but of one that is several batches those that were taken are not, by the process or isolate that knows of them.
 * What an Agent drops alone, or the upstream refuses, is left out alone and counted.
 */
export const takeAgentForm: Way = async (request, sender, { config, delivery, metrics, gate, sendParts }) => {
  if (request.headers.get('origin') !== null) return refused('origin_not_allowed');
  const early = await gate.knock(sender);
  if (early !== undefined) return early;
  const token = /^Bearer ([\w.~+/=-]{1,1024})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined || config.auth === 'none') return refused('unauthorized');
  const line = agentLine(request, config.now());
  const verdict = await config.auth(request, { ...line, token });
  if (verdict === false) return refused('unauthorized');
  const grant = verdict === true ? {} : verdict;
  const { service = '', env = '', version = '' } = grant;
  const held = { ...line, service, env, version };

  return gate.withBody(request, sender, maxAgentFormBytes, async (body, charge) => {
    const dropped = new Map<string, number>();
    const drop = (reason: string, count: number): void => void dropped.set(reason, (dropped.get(reason) ?? 0) + count);
    const read = readAgentPayload(body, request.headers.get('content-type'), config.inflate, drop);
    if ('error' in read) return refused(read.error);
    const late = await charge(grant, countSpans(read.chunks));
    if (late !== undefined) return late;

    if (!isTopLevelMarked(request.headers)) read.chunks.forEach(markTopLevel);
    const oversize = prepare(read.chunks, grant, config);
    if (oversize > 0) drop('oversize', oversize);
    const parts = cutToBatches(read.chunks).map(({ chunks, spanCount, byteCount }, seq) => ({
      chunks,
      async send(): Promise<Outcome> {
        const batch = { line: { ...held, seq, raw: byteCount, spans: spanCount }, chunks, receivedAtMillis: config.now() };
        const outcome = await delivery.accept(batch, sender.waitUntil);
        if (outcome.status === 'ok') {
          metrics.add('batches_accepted', 1);
          metrics.add('spans_accepted', spanCount);
        } else if (outcome.status === 'rejected') config.log({ level: 'warn', event: 'upstream', code: outcome.code, spans: spanCount });
        // What an upstream did not take of a batch that it took was counted by the delivery.
        return outcome.status === 'ok' ? { status: 'ok' } : outcome;
      },
    }));
    const outcome = await sendParts(parts);
    if (outcome.status !== 'ok') return outcome;
    if (outcome.rejectedSpans !== undefined) drop('upstream_partial', outcome.rejectedSpans);
    countDropped(dropped, { config, metrics });
    return { status: 'ok' };
  });
};

function agentLine(request: Request, nowMillis: number): EnvelopeLine {
  const header = (end: string): string => [...request.headers].find(([name]) => name.endsWith(end))?.[1].slice(0, 50) ?? '';
  const id = crypto.getRandomValues(new Uint8Array(16));
  return {
    v: 1,
    client: [...id].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    seq: 0,
    attempt: 1,
    sentAt: nowMillis,
    enc: 'identity',
    raw: 0,
    spans: 0,
    runtime: 'node',
    lang: header('-meta-lang') || 'unknown',
    tracer: header('-meta-tracer-version') || '0',
    service: '',
    env: '',
    version: '',
    ledger: { notSampled: 0, dropped: {} },
  };
}
