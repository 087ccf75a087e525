import { maxSpanCompressedBytes } from '../trace/limits.ts';
import type { Batch, ClientIdentity, EncodedSpans, EncodeSpans, SpanGroup, Transport } from './batch.ts';
import { type GzipSync, gzipPieces, join, type Pause } from './compress.ts';
import type { DropReason } from './envelope.ts';
import type { Ledger } from './ledger.ts';
import type { SpanQueue } from './span-queue.ts';

export interface CutterHost {
  readonly encode: EncodeSpans;
  readonly transport: Transport;
  /** Undefined until a synchronous compressor is loaded, and where none is. */
  readonly gzipSync: () => GzipSync | undefined;
  readonly pause: Pause;
  readonly nowMillis: () => number;
  readonly ledger: Ledger;
  readonly identity: ClientIdentity;
}

/** A group encoded and compressed, not a batch yet: its number and its ledger are fixed last. */
export interface Packet {
  readonly encoded: EncodedSpans;
  readonly hasError: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer> | undefined;
}

export interface BatchCutter {
  /** Encodes and compresses a group with time to spare; undefined where nothing of it is to be sent, or page exit took it meanwhile. */
  cut(group: SpanGroup): Promise<Batch | undefined>;
  /** The same at once, on the calling stack. */
  pack(group: SpanGroup): Packet;
  /** Makes the immutable batch: books what the encoder left out, takes a number and the ledger. */
  finish(packet: Packet): Batch | undefined;
}

export function createBatchCutter(queue: SpanQueue, host: CutterHost): BatchCutter {
  const { transport, ledger, identity } = host;

  function split(group: SpanGroup): undefined {
    const half = group.spans.length >> 1;
    for (const spans of [group.spans.slice(half), group.spans.slice(0, half)]) queue.putBack(partOf(group, spans));
  }

  function finish({ encoded, hasError, bytes, gzipped }: Packet): Batch | undefined {
    const { pieces: _pieces, notSampled, dropped, ...facts } = encoded;
    ledger.skip(notSampled);
    for (const reason in dropped) ledger.drop(reason as DropReason, dropped[reason as DropReason] ?? 0, 'buffered');
    if (!facts.spans) return undefined;
    return {
      ...facts,
      client: identity.client,
      seq: identity.nextSeq++,
      payload: gzipped ?? bytes,
      enc: gzipped ? 'gzip' : 'identity',
      raw: bytes.length,
      ledger: ledger.take(),
      hasError,
      cutAtMillis: host.nowMillis(),
      attempt: 0,
      tries: 0,
      isSettled: false,
    };
  }

  return {
    async cut(group) {
      await transport.prepare?.();
      const encoded = host.encode(group.spans);
      const { pieces, spans } = encoded;
      const bytes = join(pieces);
      const gzipped =
        transport.isCompressed && spans ? await gzipPieces(pieces, host.pause).catch(() => host.gzipSync()?.(bytes)) : undefined;
      if (group.isTaken) return undefined;
      const packet = { encoded, hasError: group.hasError, bytes, gzipped };
      if (gzipped && gzipped.length > maxSpanCompressedBytes) {
        if (group.spans.length > 1) return split(group);
        return finish({ ...packet, encoded: { ...encoded, spans: 0, dropped: { oversize: spans } } });
      }
      if (gzipped) queue.learn(group.bytes, gzipped.length);
      return finish(packet);
    },
    pack({ spans, hasError }) {
      const encoded = host.encode(spans);
      const bytes = join(encoded.pieces);
      const gzipped = transport.isCompressed && encoded.spans ? host.gzipSync()?.(bytes) : undefined;
      return { encoded, hasError, bytes, gzipped };
    },
    finish,
  };
}

/** A group of some of the spans of another. */
export function partOf({ spans, bytes, hasError }: SpanGroup, part: SpanGroup['spans']): SpanGroup {
  return { spans: part, bytes: (bytes * part.length) / spans.length, hasError };
}
