// node play-dd-trace.mjs <scenarios.json>: plays them on dd-trace's OpenTelemetry bridge and prints the spans' ids, as
// {scenario: {decimal id: ref}}, when everything was sent.

import { readFile } from 'node:fs/promises';
import * as api from '@opentelemetry/api';
import tracer from 'dd-trace';
import { play } from '../play.mjs';

tracer.init({ flushInterval: 100, plugins: false });
new tracer.TracerProvider().register();
const ids = {};
for (const scenario of JSON.parse(await readFile(process.argv[2], 'utf8'))) {
  const spans = play(scenario, api, api.trace.getTracer('conformance'), false);
  ids[scenario.id] = Object.fromEntries([...spans].map(([ref, span]) => [String(BigInt(`0x${span.spanContext().spanId}`)), ref]));
}
await new Promise((resolve) => setTimeout(resolve, 1500));
console.log(JSON.stringify(ids));
process.exit(0);
