import { countSpans } from '../../datadog/count-spans.ts';
import { groupByEnv } from '../../datadog/group-by-env.ts';
import { createSendParts } from './send-parts.ts';
import type { Upstream } from './upstream.ts';

/**
 * An upstream that books a whole request under one env and version: a batch with several is several requests, the smallest first, so that
 * little was taken before one that fails, should it be taken twice.
 */
export function oneEnvEach(send: Upstream): Upstream {
  const sendParts = createSendParts();
  return (batch, signal) => {
    const groups = groupByEnv(batch.chunks).map((chunks) => ({ chunks, spans: countSpans(chunks) }));
    if (groups.length < 2) return send(batch, signal);
    groups.sort((a, b) => a.spans - b.spans);
    return sendParts(
      groups.map(({ chunks, spans }) => ({ chunks, send: () => send({ ...batch, line: { ...batch.line, spans }, chunks }, signal) })),
    );
  };
}
