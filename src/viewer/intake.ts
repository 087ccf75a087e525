import { countSpans } from '../datadog/count-spans.ts';
import type { DatadogChunk } from '../datadog/datadog-span.ts';
import type { EnvelopeLine, EnvelopeRuntime } from '../export/envelope.ts';
import { parseEnvelopeLine } from '../export/envelope-parse.ts';
import { inflateGzip } from '../proxy/inflate.ts';
import { judgePayloadStart, judgeSizes } from '../proxy/judge.ts';
import { readBody } from '../proxy/read-body.ts';
import { readAgentPayload, readPayload } from '../proxy/validate.ts';
import { bodyTimeoutMillis, maxAgentFormBytes, maxRequestBytes } from '../trace/limits.ts';
import type { CountedBatch } from './client-ledgers.ts';

/** A batch that was read, or the code of its refusal. */
export type ReadBatch =
  | {
      readonly chunks: DatadogChunk[];
      readonly line: CountedBatch;
      /** Tells parts of a batch apart; the same for every try of one. */
      readonly part: string;
      readonly receivedBytes: number;
      readonly rawBytes: number;
      readonly error?: undefined;
    }
  | { readonly error: string };

/** Reads an envelope as the proxy does. A part of a batch that was counted before is not inflated: `chunks` is empty. */
export async function readEnvelope(
  request: Request,
  isNew: (line: EnvelopeLine, part: string) => boolean,
  nowMillis: number,
): Promise<ReadBatch> {
  const body = await readBody(request, maxRequestBytes, bodyTimeoutMillis);
  if (typeof body === 'string') return { error: body };
  const parsed = parseEnvelopeLine(body);
  if (parsed.line === undefined) return { error: parsed.error };
  const { line, payloadOffset } = parsed;
  const payload = body.subarray(payloadOffset);
  const code = judgeSizes(line, payload.length) ?? judgePayloadStart(line, payload);
  if (code !== undefined) return { error: code };
  // gzip ends with a checksum of what it holds; only a proxy makes parts, and it always compresses
  const part = payload.subarray(-8).toString();
  const facts = { line, part, receivedBytes: body.length, rawBytes: line.raw };
  if (!isNew(line, part)) return { chunks: [], ...facts };
  const raw = line.enc === 'gzip' ? inflateGzip(payload, line.raw) : payload;
  if (typeof raw === 'string') return { error: raw };
  const chunks = readPayload(raw, line.spans, nowMillis);
  return 'error' in chunks ? chunks : { chunks, ...facts };
}

const agentRuntimes: readonly string[] = ['deno', 'node', 'bun', 'workerd'] satisfies EnvelopeRuntime[];

/**
 * Reads the Agent's own form, as tracers of servers send it: JSON or MessagePack, gzip or not. What an Agent drops alone is left out alone,
 * and counted. All such requests count as one client without a name.
 *
 * @param seq Number of the request, of its own.
 */
export async function readAgentForm(request: Request, seq: number): Promise<ReadBatch> {
  const body = await readBody(request, maxAgentFormBytes, bodyTimeoutMillis);
  if (typeof body === 'string') return { error: body };
  const dropped: Record<string, number> = {};
  const read = readAgentPayload(body, request.headers.get('content-type'), inflateGzip, (reason, spanCount) => {
    dropped[reason] = (dropped[reason] ?? 0) + spanCount;
  });
  if ('error' in read) return read;
  const header = (end: string): string => [...request.headers].find(([name]) => name.endsWith(end))?.[1] ?? '';
  const interpreter = header('-meta-lang-interpreter');
  const line: CountedBatch = {
    client: '',
    seq,
    service: '',
    env: '',
    version: '',
    tracer: header('-meta-tracer-version').slice(0, 50),
    runtime: agentRuntimes.includes(interpreter) ? (interpreter as EnvelopeRuntime) : '',
    spans: countSpans(read.chunks),
    ledger: { notSampled: 0, dropped },
  };
  return { ...read, line, part: '', receivedBytes: body.length };
}
