// node test/conformance/run-scenarios.mjs <scenarios.json> <out.json> [--service s] [--env e] [--version v] [--native-events]
//
// Plays scripted calls of the OpenTelemetry API on edgespan and writes what it sent to an Agent, in the form of golden/expected.*.json.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { produce } from './produce.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    service: { type: 'string', default: 'golden-service' },
    env: { type: 'string', default: 'golden-env' },
    version: { type: 'string', default: '1.2.3' },
    'native-events': { type: 'boolean', default: false },
  },
});
const [input, output] = positionals;

if (!input || !output) {
  console.error('usage: run-scenarios.mjs <scenarios.json> <out.json> [--service s] [--env e] [--version v] [--native-events]');
  process.exitCode = 2;
} else {
  try {
    const scenarios = JSON.parse(await readFile(input, 'utf8'));
    const { 'native-events': nativeEvents, ...identity } = values;
    const produced = await produce(scenarios, { ...identity, nativeEvents });
    const spans = Object.fromEntries(Object.entries(produced).map(([id, { spans }]) => [id, spans]));
    await writeFile(output, `${JSON.stringify(spans, null, 1)}\n`);
    console.log(`${scenarios.length} scenarios, ${Object.values(spans).flat().length} spans written to ${output}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
