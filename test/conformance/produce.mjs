import { rm } from 'node:fs/promises';
import * as api from '@opentelemetry/api';
import { importSource } from './bundle.mjs';
import { play } from './play.mjs';
import { startReceiver } from './receiver.mjs';
import { namesById, toGolden } from './wire-span.mjs';

/**
 * Plays scenarios through the public API of `edgespan/node`, a tracer of its own for each, and returns what came over the wire: the
 * bodies and headers, and the spans in the form of the golden files.
 *
 * @param options.receiver where the spans arrive; default: one of its own
 * @param options.exporterTo makes the exporter, given the door and the receiver's address; default: the `agent` exporter
 */
export async function produce(
  scenarios,
  {
    service = 'golden-service',
    env = 'golden-env',
    version = '1.2.3',
    nativeEvents = false,
    receiver,
    exporterTo = (door, url) => door.agent({ url }),
  } = {},
) {
  const door = await importSource('src/entries/node.ts');
  const reader = await importSource('src/datadog/json-cursor.ts');
  const target = receiver ?? (await startReceiver({ nativeEvents }));
  const produced = {};
  try {
    for (const scenario of scenarios) {
      const exporter = exporterTo(door.module, target.url);
      const tracing = door.module.register({ service, env, version, exporter, instrumentations: [] });
      if (!tracing.ok) throw new Error(`edgespan did not register: ${tracing.reason}`);
      const spans = play(scenario, api, api.trace.getTracer('conformance'));
      const { pending, dropped } = await tracing.forceFlush();
      const stats = JSON.stringify(tracing.stats());
      await tracing.shutdown();
      if (pending || dropped) throw new Error(`${scenario.id} was not delivered: ${stats}`);
      const requests = target.take();
      const bodies = requests.map(({ body }) => body);
      const chunks = bodies.flatMap((body) => reader.module.createJsonCursor(body.toString(), 12).value());
      const refs = namesById(spans);
      produced[scenario.id] = { bodies, headers: requests.map(({ headers }) => headers), spans: toGolden(chunks, refs) };
    }
  } finally {
    if (!receiver) await target.close();
    await Promise.all([door, reader].map(({ outfile }) => rm(outfile, { force: true })));
  }
  return produced;
}
