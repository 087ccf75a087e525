import { rm } from 'node:fs/promises';
import * as api from '@opentelemetry/api';
import { importSource } from './bundle.mjs';
import { play } from './play.mjs';
import { startReceiver } from './receiver.mjs';
import { toGolden } from './wire-span.mjs';

/**
 * Plays scenarios through the public API of `edgespan/node` with the `agent` exporter, a tracer of its own for each, and returns what
 * came over the wire: the bodies, and the spans in the form of the golden files.
 */
export async function produce(scenarios, { service = 'golden-service', env = 'golden-env', version = '1.2.3', nativeEvents = false } = {}) {
  const door = await importSource('src/entries/node.ts');
  const reader = await importSource('src/datadog/json-cursor.ts');
  const receiver = await startReceiver({ nativeEvents });
  const produced = {};
  try {
    for (const scenario of scenarios) {
      const tracing = door.module.register({
        service,
        env,
        version,
        exporter: door.module.agent({ url: receiver.url }),
        instrumentations: [],
      });
      if (!tracing.ok) throw new Error(`edgespan did not register: ${tracing.reason}`);
      const spans = play(scenario, api, api.trace.getTracer('conformance'));
      const { pending, dropped } = await tracing.forceFlush();
      if (pending || Object.keys(dropped ?? {}).length)
        throw new Error(`${scenario.id}: ${pending} spans pending, dropped ${JSON.stringify(dropped)}`);
      await tracing.shutdown();
      const refs = new Map([...spans].map(([ref, span]) => [String(BigInt(`0x${span.spanContext().spanId}`)), ref]));
      const requests = receiver.take();
      const bodies = requests.map(({ body }) => body);
      const chunks = bodies.flatMap((body) => reader.module.createJsonCursor(body.toString(), 12).value());
      produced[scenario.id] = { bodies, headers: requests.map(({ headers }) => headers), spans: toGolden(chunks, refs) };
    }
  } finally {
    await receiver.close();
    await Promise.all([door, reader].map(({ outfile }) => rm(outfile, { force: true })));
  }
  return produced;
}
