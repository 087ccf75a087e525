// How a suite turns tracing on in the runtime it runs in, and gets back what was posted to the intake.
import type { DatadogSpan } from '../../src/datadog/datadog-span.ts';
import { decodeTraces, isRefusal } from '../../src/datadog/decode.ts';
import type { EnvelopeLine, EnvelopeRuntime } from '../../src/export/envelope.ts';
import { parseEnvelopeLine } from '../../src/export/envelope-parse.ts';
import type { Exporter, IntakeOptions } from '../../src/sdk/exporter.ts';
import type { TracingOptions } from '../../src/sdk/options.ts';
import type { TracingHandle } from '../../src/sdk/register.ts';

export interface Posted {
  line: EnvelopeLine;
  chunks: DatadogSpan[][];
}

export interface TracingHost {
  runtime: EnvelopeRuntime;
  /** Whether the active span survives a native `await`. */
  nativeAwait: boolean;
  /** Runs `body` traced, waits until everything is sent, and gives back what the intake got, in order. */
  trace(options: TracingOptions, body: () => unknown): Promise<Posted[]>;
}

export const intakeUrl = 'http://intake.test/t';

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Reads one request's body; throws where line or payload are not what the envelope says. */
export async function readPosted(body: BodyInit): Promise<Posted> {
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  const parsed = parseEnvelopeLine(bytes);
  if (parsed.error !== undefined) throw new Error(`${parsed.error}: ${parsed.field}`);
  const payload = bytes.slice(parsed.payloadOffset);
  const raw = parsed.line.enc === 'gzip' ? await inflate(payload) : payload;
  if (raw.byteLength !== parsed.line.raw) throw new Error(`the line says ${parsed.line.raw} bytes, there are ${raw.byteLength}`);
  const chunks = decodeTraces(raw);
  if (isRefusal(chunks)) throw new Error(`${chunks.error} at ${chunks.path}`);
  return { line: parsed.line, chunks };
}

export interface RegisterDoor {
  register(options: TracingOptions): TracingHandle;
  intake(options: IntakeOptions): Exporter;
}

/** Runs with `answer` in the place of the runtime's `fetch`, for requests to the intake alone. */
export async function withIntake(answer: (body: BodyInit) => Promise<Response> | Response, run: () => Promise<void>): Promise<void> {
  const original = globalThis.fetch;
  const stand = (input: RequestInfo | URL, init?: RequestInit) =>
    String(input) === intakeUrl ? Promise.resolve(answer(init?.body ?? '')) : original(input, init);
  globalThis.fetch = stand as typeof fetch;
  try {
    await run();
  } finally {
    globalThis.fetch = original;
  }
}

/** Host for a door with `register`. */
export function createRegisterHost(runtime: EnvelopeRuntime, door: RegisterDoor, nativeAwait: boolean): TracingHost {
  return {
    runtime,
    nativeAwait,
    async trace(options, body) {
      const posted: Promise<Posted>[] = [];
      const take = (sent: BodyInit): Response => {
        posted.push(readPosted(sent));
        return new Response(null, { status: 202 });
      };
      await withIntake(take, async () => {
        const tracing = door.register({ exporter: door.intake({ url: intakeUrl }), ...options });
        if (!tracing.ok) throw new Error(tracing.reason);
        await body();
        await tracing.forceFlush();
        await tracing.shutdown();
      });
      return Promise.all(posted);
    },
  };
}
