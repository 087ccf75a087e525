import type { OtlpAttribute, OtlpLink, OtlpRequest, OtlpSpan, OtlpValue } from './otlp-request.ts';

// Wire types of protocol buffers: https://protobuf.dev/programming-guides/encoding/
const varint = 0;
const fixed64 = 1;
const bytes = 2;
const fixed32 = 5;

/**
 * A request as `ExportTraceServiceRequest`. Field numbers are those of opentelemetry-proto 1.x, which never change. Never throws.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function encodeOtlp({ resourceSpans }: OtlpRequest): Uint8Array<ArrayBuffer> {
  const writer = createWriter();
  for (const { resource, scopeSpans } of resourceSpans) {
    writer.message(1, () => {
      writer.message(1, () => writeAttributes(writer, 1, resource.attributes));
      for (const { scope, spans } of scopeSpans) {
        writer.message(2, () => {
          writer.message(1, () => {
            writer.text(1, scope.name);
            writer.text(2, scope.version);
          });
          for (const span of spans) writer.message(2, () => writeSpan(writer, span));
        });
      }
    });
  }
  return writer.finish();
}

function writeSpan(writer: Writer, span: OtlpSpan): void {
  writer.hex(1, span.traceId);
  writer.hex(2, span.spanId);
  writer.hex(4, span.parentSpanId);
  writer.text(5, span.name);
  writer.integer(6, span.kind);
  writer.fixed64(7, span.startTimeUnixNano);
  writer.fixed64(8, span.endTimeUnixNano);
  writeAttributes(writer, 9, span.attributes);
  writer.integer(10, span.droppedAttributesCount);
  for (const { timeUnixNano, name, attributes } of span.events) {
    writer.message(11, () => {
      writer.fixed64(1, timeUnixNano);
      writer.text(2, name);
      writeAttributes(writer, 3, attributes);
    });
  }
  writer.integer(12, span.droppedEventsCount);
  for (const link of span.links) writer.message(13, () => writeLink(writer, link));
  writer.integer(14, span.droppedLinksCount);
  writer.message(15, () => {
    writer.text(2, span.status.message);
    writer.integer(3, span.status.code);
  });
  writer.fixed32(16, span.flags);
}

function writeLink(writer: Writer, link: OtlpLink): void {
  writer.hex(1, link.traceId);
  writer.hex(2, link.spanId);
  writer.text(3, link.traceState);
  writeAttributes(writer, 4, link.attributes);
  writer.fixed32(6, link.flags);
}

function writeAttributes(writer: Writer, field: number, attributes: readonly OtlpAttribute[]): void {
  for (const { key, value } of attributes) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: Writer, value: OtlpValue): void {
  if ('stringValue' in value) writer.text(1, value.stringValue, true);
  else if ('boolValue' in value) writer.integer(2, Number(value.boolValue), true);
  else if ('intValue' in value) writer.integer(3, BigInt(value.intValue), true);
  else if ('doubleValue' in value) writer.double(4, value.doubleValue);
  else
    writer.message(5, () => {
      for (const item of value.arrayValue.values) writer.message(1, () => writeValue(writer, item));
    });
}

interface Writer {
  /** Empty texts and zeros are left out, as protocol buffers have it, unless they are one of several possible fields. */
  text(field: number, value: string, isOneOf?: boolean): void;
  hex(field: number, value: string): void;
  integer(field: number, value: number | bigint, isOneOf?: boolean): void;
  fixed64(field: number, decimal: string): void;
  fixed32(field: number, value: number): void;
  double(field: number, value: number): void;
  message(field: number, write: () => void): void;
  finish(): Uint8Array<ArrayBuffer>;
}

function createWriter(): Writer {
  const encoder = new TextEncoder();
  let buffer = new Uint8Array(16_384);
  let length = 0;

  function room(extra: number): void {
    if (length + extra <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, length + extra));
    larger.set(buffer);
    buffer = larger;
  }
  function number(value: number | bigint): void {
    room(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      buffer[length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    buffer[length++] = Number(rest);
  }
  function small(value: number): void {
    room(5);
    let rest = value;
    while (rest > 127) {
      buffer[length++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  }
  const tag = (field: number, type: number): void => small(field * 8 + type);
  const view = (size: number): DataView => {
    room(size);
    length += size;
    return new DataView(buffer.buffer, length - size, size);
  };

  return {
    text(field, value, isOneOf = false) {
      if (value === '' && !isOneOf) return;
      const encoded = encoder.encode(value);
      tag(field, bytes);
      small(encoded.length);
      room(encoded.length);
      buffer.set(encoded, length);
      length += encoded.length;
    },
    hex(field, value) {
      if (value === '') return;
      tag(field, bytes);
      small(value.length / 2);
      room(value.length / 2);
      for (let at = 0; at < value.length; at += 2) buffer[length++] = Number.parseInt(value.slice(at, at + 2), 16);
    },
    integer(field, value, isOneOf = false) {
      if (Number(value) === 0 && !isOneOf) return;
      tag(field, varint);
      number(value);
    },
    fixed64(field, decimal) {
      tag(field, fixed64);
      view(8).setBigUint64(0, BigInt(decimal), true);
    },
    fixed32(field, value) {
      if (value === 0) return;
      tag(field, fixed32);
      view(4).setUint32(0, value, true);
    },
    double(field, value) {
      tag(field, fixed64);
      view(8).setFloat64(0, value, true);
    },
    message(field, write) {
      tag(field, bytes);
      // The length is written as five bytes once it is known: a varint may be padded.
      room(5);
      const at = length;
      length += 5;
      write();
      let rest = length - at - 5;
      for (let index = 0; index < 5; index++) {
        buffer[at + index] = (rest & 127) | (index < 4 ? 128 : 0);
        rest >>>= 7;
      }
    },
    finish: () => buffer.slice(0, length),
  };
}
