// npm run conformance [-- part …] [-- --write] [-- --seed n]
//
// Our spans against Datadog's own code: its tracers, its Agent, its test agent, its serverless receiver.
import { parseArgs } from 'node:util';
import { agentReceives } from './parts/agent.ts';
import { agentTakesAnything } from './parts/agent-takes-anything.ts';
import { chunksAreOne } from './parts/chunks.ts';
import { guideIsTheSame } from './parts/guide.ts';
import { servicesContinue } from './parts/interop.ts';
import { agentBehindProxy } from './parts/proxy/agent.ts';
import { agentlessBehindProxy } from './parts/proxy/agentless.ts';
import { browserRumBehindProxy } from './parts/proxy/browser-rum.ts';
import { metricsAreRead } from './parts/proxy/metrics.ts';
import { otlpBehindProxy } from './parts/proxy/otlp.ts';
import { serverlessCompatBehindProxy } from './parts/proxy/serverless-compat.ts';
import { testAgentBehindProxy } from './parts/proxy/test-agent.ts';
import { sampleTheSame } from './parts/sampling-hash.ts';
import { testAgentReceives } from './parts/test-agent.ts';
import { compareTracers } from './parts/tracers.ts';
import type { Part } from './parts.ts';
import { createTally } from './tally.ts';
import { goPrograms, peers, python } from './tools.ts';

const parts: Readonly<Record<string, Part>> = {
  tracers: compareTracers,
  agent: agentReceives,
  'agent-takes-anything': agentTakesAnything,
  chunks: chunksAreOne,
  'sampling-hash': sampleTheSame,
  'test-agent': testAgentReceives,
  guide: guideIsTheSame,
  interop: servicesContinue,
  'proxy/agent': agentBehindProxy,
  'proxy/test-agent': testAgentBehindProxy,
  'proxy/serverless-compat': serverlessCompatBehindProxy,
  'proxy/otlp': otlpBehindProxy,
  'proxy/agentless': agentlessBehindProxy,
  'proxy/browser-rum': browserRumBehindProxy,
  'proxy/metrics': metricsAreRead,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, seed: { type: 'string' } },
});
// `proxy` stands for every `proxy/…`
const namedBy = (given: string): string[] => {
  const names = Object.keys(parts).filter((name) => name === given || name.startsWith(`${given}/`));
  return names.length ? names : [given];
};
const names = positionals.length ? positionals.flatMap(namedBy) : Object.keys(parts);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const tally = createTally();
console.log(`seed ${seed}`);
const [fromGo, fromPython, fromNpm] = await Promise.all([goPrograms(), python(), peers()]);
const setting = {
  ...fromGo,
  tally,
  seed,
  isWriting: values.write,
  python: fromPython,
  peers: fromNpm,
};
for (const name of names) {
  const part = parts[name];
  if (part) await tally.check(`part ${name} ran to its end`, () => part(setting));
  else await tally.check(name, () => Promise.reject(new Error(`there is no such part; there are ${Object.keys(parts).join(', ')}`)));
}
process.exitCode = tally.finish() ? 0 : 1;
