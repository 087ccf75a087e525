import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from '@msgpack/msgpack';
import { run } from './children.ts';
import type { GoldenSpan } from './differences.ts';
import { startReceiver } from './receiver.mjs';
import type { Scenario } from './scenarios.ts';
import { toGolden } from './wire-span.mjs';

/** Tags that tell of the process and of how dd-trace is built, not of the span; the golden files are without them too. */
const processTags = ['runtime-id', '_dd.tags.process', '_dd.rc.client_id', '_dd.integration', '_dd.sdk.otlp_export'];

/** Plays scenarios on dd-trace's OpenTelemetry bridge, in a process of its own, and returns what it sent to an Agent. */
export async function produceByDdTrace(
  peers: string,
  scenarios: readonly Scenario[],
  nativeEvents: boolean,
): Promise<Record<string, GoldenSpan[]>> {
  const receiver = await startReceiver({ nativeEvents });
  try {
    const input = join(tmpdir(), `edgespan-scenarios-${process.pid}.json`);
    await writeFile(input, JSON.stringify(scenarios));
    const output = await run(process.execPath, [`${peers}play-dd-trace.mjs`, input], {
      env: {
        ...process.env,
        DD_TRACE_AGENT_URL: receiver.url,
        DD_SERVICE: 'golden-service',
        DD_ENV: 'golden-env',
        DD_VERSION: '1.2.3',
        DD_TRACE_NATIVE_SPAN_EVENTS: String(nativeEvents),
        DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
        DD_REMOTE_CONFIGURATION_ENABLED: 'false',
        DD_TRACE_GIT_METADATA_ENABLED: 'false',
        DD_TRACE_STARTUP_LOGS: 'false',
      },
    });
    const ids: Record<string, Record<string, string>> = JSON.parse(output.trim().split('\n').at(-1)!);
    const chunks = receiver
      .take()
      .flatMap(({ body }: { body: Uint8Array }) => decode(body, { useBigInt64: true }) as Record<string, unknown>[][])
      .map((chunk: Record<string, unknown>[]) => chunk.map(withoutProcess));
    return Object.fromEntries(
      scenarios.map(({ id }) => {
        const refs = new Map(Object.entries(ids[id]!));
        return [id, toGolden(chunks, refs).filter(({ ref }: GoldenSpan) => ref !== undefined)];
      }),
    );
  } finally {
    await receiver.close();
  }
}

function withoutProcess(span: Record<string, unknown>): Record<string, unknown> {
  const meta = { ...(span['meta'] as Record<string, string>) };
  const { process_id: _, ...metrics } = span['metrics'] as Record<string, number>;
  for (const key of processTags) delete meta[key];
  return { ...span, meta, metrics };
}
