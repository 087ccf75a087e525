import { type EnvelopeLine, formatEnvelopeLine } from '../export/envelope.ts';

/** An envelope in one piece: its line, then its payload. */
export function envelopeBytes(line: EnvelopeLine, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(formatEnvelopeLine(line));
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}
