import { gzipSync } from 'fflate';
import { countSpans } from '../datadog/count-spans.ts';
import type { DatadogChunk } from '../datadog/datadog-span.ts';
import { encodeTraces } from '../datadog/encode-traces.ts';
import type { EnvelopeLine } from '../export/envelope.ts';
import type { IntakeBatch } from './upstream/upstream.ts';

/** A batch whose payload is made of its chunks, as none came that holds just them; the line says of it what is so. */
export function packBatch(line: EnvelopeLine, chunks: readonly DatadogChunk[], receivedAtMillis: number): IntakeBatch {
  const raw = encodeTraces(chunks);
  const payload = Uint8Array.from(gzipSync(raw, { level: 1 }));
  return { line: { ...line, enc: 'gzip', raw: raw.length, spans: countSpans(chunks) }, chunks, payload, receivedAtMillis };
}
