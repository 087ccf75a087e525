import { maxLineBytes, maxNameBytes, maxTagBytes, maxTokenBytes } from '../trace/limits.ts';
import type { DropReason, EnvelopeLedger, EnvelopeLine, EnvelopeRuntime } from './envelope.ts';

/** `line_missing`: no newline within 2,048 bytes. `line_version`: a version of ours that is not 1. `line_invalid`: all else. */
export type EnvelopeError = 'line_missing' | 'line_invalid' | 'line_version';

/** A line and where its payload begins, or why there is none; `field` is the first that broke a rule. */
export type ParsedEnvelope =
  | { readonly line: EnvelopeLine; readonly payloadOffset: number; readonly error?: undefined }
  | { readonly error: EnvelopeError; readonly field?: string; readonly line?: undefined };

const runtimes: readonly EnvelopeRuntime[] = ['browser', 'worker', 'workerd', 'deno', 'node', 'bun'];

/** Every reason of the closed set. */
export const dropReasons: readonly DropReason[] = [
  'queue_full',
  'oversize',
  'serialize_error',
  'rejected_4xx',
  'unauthorized',
  'rate_limited',
  'retry_expired',
  'storage_full',
  'storage_lost',
  'exit_overflow',
  'shutdown',
  'before_send',
  'internal_error',
];

/**
 * Reads the line in front of a payload, strictly, into a fresh object: every known field has its type and range, unknown fields and
 * unknown drop reasons are left out. Looks at no more than the first 2,048 bytes. Never throws.
 */
export function parseEnvelopeLine(bytes: Uint8Array): ParsedEnvelope {
  const end = bytes.subarray(0, maxLineBytes).indexOf(10);
  if (end < 0) return { error: 'line_missing' };
  let source: unknown;
  try {
    source = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end)));
  } catch {
    return { error: 'line_invalid' };
  }
  if (!isObject(source)) return { error: 'line_invalid' };
  if (source['v'] !== 1) return { error: isCount(source['v']) ? 'line_version' : 'line_invalid', field: 'v' };
  const field = brokenField(source);
  if (field !== undefined) return { error: 'line_invalid', field };
  return { line: toLine(source), payloadOffset: end + 1 };
}

function brokenField(source: Record<string, unknown>): string | undefined {
  const rules: readonly (readonly [name: string, isGood: (value: unknown) => boolean])[] = [
    ['client', (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)],
    ['seq', isCount],
    ['attempt', (value) => isCount(value) && value > 0],
    ['sentAt', isCount],
    ['final', (value) => value === undefined || typeof value === 'boolean'],
    ['token', (value) => value === undefined || isText(value, maxTokenBytes)],
    ['enc', (value) => value === 'gzip' || value === 'identity'],
    ['raw', isCount],
    ['spans', isCount],
    ['runtime', (value) => runtimes.includes(value as EnvelopeRuntime)],
    ['lang', (value) => isText(value, maxNameBytes)],
    ['tracer', (value) => isText(value, maxNameBytes)],
    ['service', (value) => isText(value, maxNameBytes)],
    ['env', (value) => isText(value, maxTagBytes)],
    ['version', (value) => isText(value, maxNameBytes)],
    ['ledger', isLedger],
  ];
  return rules.find(([name, isGood]) => !isGood(source[name]))?.[0];
}

function toLine(source: Record<string, unknown>): EnvelopeLine {
  const known = source as unknown as EnvelopeLine;
  const { client, seq, attempt, sentAt, enc, raw, spans, runtime, lang, tracer, service, env, version } = known;
  return {
    v: 1,
    client,
    seq,
    attempt,
    sentAt,
    ...(known.final === undefined ? {} : { final: known.final }),
    ...(known.token === undefined ? {} : { token: known.token }),
    enc,
    raw,
    spans,
    runtime,
    lang,
    tracer,
    service,
    env,
    version,
    ledger: toLedger(source['ledger']),
  };
}

function isLedger(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const { notSampled, dropped } = value;
  if (notSampled !== undefined && !isCount(notSampled)) return false;
  return dropped === undefined || (isObject(dropped) && Object.values(dropped).every(isCount));
}

function toLedger(value: unknown): EnvelopeLedger {
  const source = (value ?? {}) as { notSampled?: number; dropped?: Record<string, number> };
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const reason of dropReasons) {
    const count = source.dropped?.[reason];
    if (count !== undefined) dropped[reason] = count;
  }
  return { notSampled: source.notSampled ?? 0, dropped };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown, maxBytes: number): value is string {
  return typeof value === 'string' && new TextEncoder().encode(value).length <= maxBytes;
}
