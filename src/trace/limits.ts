/**
 * Every limit that both sides of the wire know, each with its source. The client cuts by them; the proxy cuts spans and refuses requests by them.
 * @see docs/limits.md
 */
export interface SpanLimits {
  /** Attributes of a span. OpenTelemetry's default. */
  attributeCountLimit: number;
  /** Events of a span. OpenTelemetry's default. */
  eventCountLimit: number;
  /** Links of a span. OpenTelemetry's default. */
  linkCountLimit: number;
  /** Attributes of one event. OpenTelemetry's default. */
  attributePerEventCountLimit: number;
  /** Attributes of one link. OpenTelemetry's default. */
  attributePerLinkCountLimit: number;
  /** Bytes of UTF-8 of one attribute value. The Agent cuts there: pkg/trace/agent/truncator.go `MaxMetaValLen`. */
  attributeValueBytesLimit: number;
}

export const defaultSpanLimits: SpanLimits = {
  attributeCountLimit: 128,
  eventCountLimit: 128,
  linkCountLimit: 128,
  attributePerEventCountLimit: 128,
  attributePerLinkCountLimit: 128,
  attributeValueBytesLimit: 25_000,
};

/** Bytes of an attribute's key. The Agent cuts there: pkg/trace/agent/truncator.go `MaxMetaKeyLen`, `MaxMetricsKeyLen`. */
export const maxKeyBytes = 200;
/** Bytes of a value. The Agent cuts there: pkg/trace/agent/truncator.go `MaxMetaValLen`. */
export const maxValueBytes = 25_000;
/** Bytes of a resource. The Agent cuts there: pkg/trace/agent/truncator.go `MaxResourceLen`. */
export const maxResourceBytes = 5_000;
/** Bytes of service, operation name and type. The Agent cuts there: pkg/trace/traceutil/normalize `MaxServiceLen`, `MaxNameLen`, `MaxTypeLen`. */
export const maxNameBytes = 100;
/** Characters of env and version. The Agent cuts there: normalize `MaxTagLength`. */
export const maxTagBytes = 200;
/** Tags of a span after arrays were flattened. Ours. */
export const maxTags = 512;
/** Bytes of the `events` and `_dd.span_links` tags: a cut value would be broken JSON. */
export const maxJsonTagBytes = 25_000;

/** Bytes of one encoded span, raw and compressed. Ours. */
export const maxSpanBytes = 262_144;
export const maxSpanCompressedBytes = 96_000;
/** A batch. Ours; the compressed size fits the 64 KiB that browsers allow to be in flight at page exit. */
export const maxBatchSpans = 512;
export const maxBatchRawBytes = 1_048_576;
export const maxBatchCompressedBytes = 48_000;

/** The envelope's line with its newline. */
export const maxLineBytes = 2_048;
/** A token in the line. */
export const maxTokenBytes = 1_024;
/** What the proxy takes in one request. */
export const maxRequestBytes = 131_072;
export const maxInflatedBytes = 2_097_152;
export const maxInflateRatio = 250;
/** The ratio is judged from here on: short repetitive bodies compress better than any real batch. */
export const inflateRatioFreeBytes = 65_536;
export const maxRequestSpans = 1_000;
export const maxDepth = 12;
export const bodyTimeoutMillis = 10_000;
/** The longest pause that a `Retry-After` asks for: what the proxy answers with, and what client and proxy heed. Ours. */
export const maxRetryAfterMillis = 3_600_000;
/** The Agent's own form, before and after inflating. */
export const maxAgentFormBytes = 10_485_760;

/** At page exit: bytes and requests in flight with `keepalive` (Fetch standard: 64 KiB per fetch group, shared with the host page). */
export const maxKeepaliveBytes = 48_000;
export const maxKeepaliveRequests = 9;
