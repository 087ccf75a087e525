import { decode } from '@msgpack/msgpack';
import type { DatadogChunk } from '../datadog/datadog-span.ts';
import { decodeTraces, isRefusal, readTraces } from '../datadog/decode.ts';
import type { EnvelopeLine } from '../export/envelope.ts';
import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { inflateGzip } from '../proxy/inflate.ts';
import { judgePayloadStart, judgeSizes } from '../proxy/judge.ts';
import { readBody } from '../proxy/read-body.ts';
import { readPayload } from '../proxy/validate.ts';
import { bodyTimeoutMillis, maxAgentFormBytes, maxRequestBytes } from '../trace/limits.ts';

/** A batch that was read, or the code of its refusal. */
export type ReadBatch =
  | {
      readonly chunks: DatadogChunk[];
      /** Undefined for the Agent's form. */
      readonly line: EnvelopeLine | undefined;
      readonly receivedBytes: number;
      readonly rawBytes: number;
      readonly error?: undefined;
    }
  | { readonly error: string };

/** Spans of one request in the Agent's form: tracers of servers send more at once than ours. */
const maxAgentSpans = 20_000;

/** Reads an envelope as the proxy does. A batch that was counted before is not inflated: `chunks` is empty. */
export async function readEnvelope(request: Request, isNew: (line: EnvelopeLine) => boolean, nowMillis: number): Promise<ReadBatch> {
  const body = await readBody(request, maxRequestBytes, bodyTimeoutMillis);
  if (typeof body === 'string') return { error: body };
  const parsed = parseEnvelopeLine(body);
  if (parsed.line === undefined) return { error: parsed.error };
  const { line, payloadOffset } = parsed;
  const payload = body.subarray(payloadOffset);
  const code = judgeSizes(line, payload.length) ?? judgePayloadStart(line, payload);
  if (code !== undefined) return { error: code };
  const facts = { line, receivedBytes: body.length, rawBytes: line.raw };
  if (!isNew(line)) return { chunks: [], ...facts };
  const raw = line.enc === 'gzip' ? inflateGzip(payload, line.raw) : payload;
  if (typeof raw === 'string') return { error: raw };
  const chunks = readPayload(raw, line.spans, nowMillis);
  return 'error' in chunks ? chunks : { chunks, ...facts };
}

/**
 * Reads the Agent's own form, as tracers of servers send it: JSON or MessagePack, gzip or not.
 * @see https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/api.go
 */
export async function readAgentForm(request: Request): Promise<ReadBatch> {
  const body = await readBody(request, maxAgentFormBytes, bodyTimeoutMillis);
  if (typeof body === 'string') return { error: body };
  const raw = body[0] === 0x1f && body[1] === 0x8b ? inflateGzip(body, inflatedBytes(body)) : body;
  if (typeof raw === 'string') return { error: raw };
  const chunks = isMessagePack(request, raw) ? readMessagePack(raw) : decodeTraces(raw, { maxSpanCount: maxAgentSpans });
  if (isRefusal(chunks)) return { error: chunks.error };
  return { chunks, line: undefined, receivedBytes: body.length, rawBytes: raw.length };
}

/** What the last four bytes of a gzip member say that it holds, as far as it may; a lie is found out while inflating. */
function inflatedBytes(body: Uint8Array): number {
  const said = body.length < 18 ? 0 : new DataView(body.buffer, body.byteOffset + body.length - 4).getUint32(0, true);
  return Math.min(said, maxAgentFormBytes);
}

/** A JSON payload begins with `[` or white space, no MessagePack array does. */
function isMessagePack(request: Request, raw: Uint8Array): boolean {
  const type = request.headers.get('content-type') ?? '';
  return type.includes('msgpack') || (raw[0] !== undefined && raw[0] >= 0x90);
}

function readMessagePack(raw: Uint8Array): ReturnType<typeof readTraces> {
  let value: unknown;
  try {
    value = decode(raw, { useBigInt64: true, maxArrayLength: maxAgentFormBytes, maxMapLength: 65_536 });
  } catch {
    return { error: 'bad_payload', path: '' };
  }
  return readTraces(value, { maxSpanCount: maxAgentSpans });
}
