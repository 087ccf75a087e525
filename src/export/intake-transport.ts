import { maxTokenBytes } from '../trace/limits.ts';
import type { Batch, SendMode, Transport } from './batch.ts';
import { join } from './compress.ts';
import { type EnvelopeRuntime, formatEnvelopeLine } from './envelope.ts';
import { type FetchHost, request, untraced } from './fetch-transport.ts';
import { judgeResponse } from './retry.ts';

/** A fresh token; asked for at the first batch and a minute before the last one ends. */
export type GetToken = () => string | Promise<string>;

export interface IntakeHost extends FetchHost {
  readonly nowMillis: () => number;
  readonly runtime: EnvelopeRuntime;
  readonly tracerVersion: string;
  readonly tell: (message: string, error?: unknown) => void;
}

/** A token is renewed this long before it ends. */
const renewMillis = 60_000;

/**
 * Posts envelopes: one line, then the payload, no header at all, so that a browser sends no preflight and nothing on the way
 * takes the bytes for text.
 */
export function createIntakeTransport(url: string, getToken: GetToken | undefined, host: IntakeHost): Transport {
  const { nowMillis } = host;
  let token: string | undefined;
  let tokenEndsMillis = 0;

  async function renew(): Promise<void> {
    try {
      // Its spans would make the next batch, which may ask again.
      const fresh = getToken && (await untraced(getToken));
      if (!fresh || fresh.length > maxTokenBytes) throw new RangeError(`a token has 1 to ${maxTokenBytes} bytes`);
      token = fresh;
      tokenEndsMillis = readExpiryMillis(fresh) ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      host.tell('no usable token', error);
    }
  }

  function post(batch: Batch, { isUrgent, isFinal }: SendMode): ReturnType<typeof request> {
    const { client, seq, attempt, enc, raw, spans, service, env, version, ledger, payload } = batch;
    const line = formatEnvelopeLine({
      v: 1,
      client,
      seq,
      attempt,
      sentAt: Math.round(nowMillis()),
      final: isFinal || undefined,
      token,
      enc,
      raw,
      spans,
      runtime: host.runtime,
      lang: 'javascript',
      tracer: host.tracerVersion,
      service,
      env,
      version,
      ledger,
    });
    // A Blob without a type has no content type, and bytes have none. Bytes block the calling thread while they are copied; but a Blob is
    // read by another process, and Firefox loses it with the page.
    const body = isUrgent ? join([new TextEncoder().encode(line), payload]) : new Blob([line, payload]);
    return request(host, url, { method: 'POST', body, keepalive: isUrgent });
  }

  return {
    isCompressed: true,
    async send(batch, mode) {
      if (getToken && !mode.isUrgent && nowMillis() > tokenEndsMillis - renewMillis) await renew();
      let facts = await post(batch, mode);
      if (facts.status === 401 && getToken && !mode.isUrgent) {
        await renew();
        facts = await post(batch, mode);
      }
      return judgeResponse(facts, nowMillis());
    },
  };
}

/** `exp` of a token in three parts as JOSE writes it, or in two; undefined where it cannot be read. */
function readExpiryMillis(token: string): number | undefined {
  const parts = token.split('.');
  try {
    const { exp } = JSON.parse(atob((parts[parts.length - 2] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
