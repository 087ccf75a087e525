/**
 * How many spans of a request an OTLP receiver says that it did not take, from the body of its answer, JSON or protobuf; 0 where it says
 * nothing, or nothing that can be read. Never throws.
 * @see https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 */
export function rejectedSpansOf(body: Uint8Array): number {
  const count = Number(fromJson(body) ?? fromProtobuf(body));
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** 64-bit integers are texts there, or numbers. Undefined where it is no JSON. */
function fromJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))?.partialSuccess?.rejectedSpans ?? 0;
  } catch {
    return undefined;
  }
}

/** `ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1 } }` */
function fromProtobuf(body: Uint8Array): bigint {
  const inner = field(body, 1, 2);
  const value = inner instanceof Uint8Array ? field(inner, 1, 0) : undefined;
  return typeof value === 'bigint' ? value : 0n;
}

/** The first field of a number and wire type. Undefined where there is none before the end, or before what is none. */
function field(body: Uint8Array, wanted: number, wantedType: number): bigint | Uint8Array | undefined {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < body.length; shift += 7n) {
      const byte = body[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < body.length) {
    const tag = Number(varint());
    const type = tag & 7;
    let value: bigint | Uint8Array;
    if (type === 0) value = varint();
    else {
      const length = type === 2 ? Number(varint()) : type === 1 ? 8 : type === 5 ? 4 : Number.POSITIVE_INFINITY;
      if (length > body.length - at) return undefined;
      value = body.subarray(at, at + length);
      at += length;
    }
    if (Math.floor(tag / 8) === wanted && type === wantedType) return value;
  }
  return undefined;
}
