import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { zstdDecompressSync } from 'node:zlib';
import { datadogUpstream, type IntakeBatch, type Upstream } from '../../../../src/entries/proxy.ts';
import { encodeMessagePack } from '../../../../src/proxy/upstream/agent-message-pack.ts';
import { nameOf, playThrough, type Setup, startProxy } from '../../behind-proxy.ts';
import { isDirty } from '../../dirty.ts';
import type { Part } from '../../parts.ts';

const setups: readonly Setup[] = [
  { redact: true, sender: 'page' },
  { redact: false, sender: 'page' },
];

/** What stands around the spans, and differs: by name, ours, theirs, and why. */
const explained: readonly (readonly [name: string, ours: string | undefined, theirs: string | undefined, why: string])[] = [
  ['languageName', 'javascript', 'nodejs', 'spans of pages are no spans of Node'],
  ['languageVersion', '', 'v24.0.0', 'an envelope does not say it'],
  ['content-encoding', undefined, 'zstd', 'not every runtime of the proxy has zstd, and the intake took JSON as it is from dd-trace-js'],
  ['datadog-meta-lang', 'javascript', 'nodejs', 'as languageName'],
  ['datadog-meta-lang-version', undefined, 'v24.0.0', 'as languageVersion'],
  ['datadog-meta-lang-interpreter', undefined, 'v8', 'as languageVersion'],
];
const named = (name: string): (typeof explained)[number] | undefined => explained.find(([of]) => of === name);

interface Sent {
  readonly url: string;
  readonly headers: Record<string, unknown>;
  readonly traces: Record<string, unknown>[];
}

interface Exporter {
  sendV04(payload: Uint8Array, done: () => void, log: { error(message: string, ...rest: unknown[]): void }): void;
  close(): void;
}

/**
 * Every scenario through our proxy straight to Datadog's JSON intake, here one that keeps what it gets; and the very same spans by the
 * exporter of `@datadog/libdatadog`. Spans are the same to the letter; what stands around them differs by rows that say why.
 */
export const agentlessBehindProxy: Part = async ({ tally, peers }) => {
  if (peers.missing !== undefined) return tally.skip('the bytes of libdatadog', peers.missing);
  const intake = await startIntake();
  const { createAgentlessExporter } = createRequire(`${peers.path}package.json`)('@datadog/libdatadog') as {
    createAgentlessExporter(options: object): Exporter;
  };
  try {
    for (const setup of setups) {
      const label = `proxy, ${nameOf(setup)}, JSON intake beside libdatadog`;
      const batches: IntakeBatch[] = [];
      const ours = datadogUpstream({ apiKey: 'conformance-key', unstable: true, url: intake.url, warn: () => {} });
      const both: Upstream = (batch, signal) => {
        batches.push(batch);
        return ours(batch, signal);
      };
      const proxy = await startProxy(both, setup);
      try {
        const scenarios = [...(await playThrough(proxy, setup))].filter(([, spans]) => spans.length > 0).map(([id]) => id);
        const sent = intake.take();
        assert.deepEqual([batches.length, sent.length], [scenarios.length, scenarios.length]);
        const seen = new Set<string>();
        for (const [index, id] of scenarios.entries()) {
          await tally.check(`${label}: ${id}`, async () => {
            const { line, chunks } = batches[index]!;
            const exporter = createAgentlessExporter({
              endpoint: `${intake.url}/api/v2/spans`,
              apiKey: 'conformance-key',
              hostname: '',
              env: line.env,
              service: line.service,
              version: line.version,
              runtimeId: line.client,
              tracerVersion: line.tracer,
              languageVersion: 'v24.0.0',
              languageInterpreter: 'v8',
            });
            const errors: unknown[] = [];
            await new Promise<void>((done) =>
              exporter.sendV04(encodeMessagePack(chunks), done, { error: (...message) => errors.push(message) }),
            );
            exporter.close();
            assert.deepEqual(errors, []);
            const [theirs] = intake.take();
            compare(sent[index]!, theirs!, seen);
          });
        }
        await tally.check(`${label}: secrets in it: ${setup.redact ? 'none' : 'as sent'}`, () =>
          assert.equal(isDirty(JSON.stringify(sent)), !setup.redact),
        );
        for (const [name, , , why] of explained) {
          await tally.check(`${label}: ${name} differs: ${why}`, () => assert(seen.has(name), 'no difference is left to explain'));
        }
      } finally {
        await proxy.close();
      }
    }
  } finally {
    await intake.close();
  }
};

function compare(ours: Sent, theirs: Sent, seen: Set<string>): void {
  assert.equal(ours.url, theirs.url);
  assert.equal(ours.traces.length, theirs.traces.length);
  for (const [at, { spans, ...facts }] of ours.traces.entries()) {
    const { spans: theirSpans, ...theirFacts } = theirs.traces[at]!;
    assert.deepEqual(spans, theirSpans);
    compareNamed(facts, theirFacts, seen);
  }
  compareNamed(ours.headers, theirs.headers, seen);
}

function compareNamed(ours: Record<string, unknown>, theirs: Record<string, unknown>, seen: Set<string>): void {
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    if (ours[name] === theirs[name]) continue;
    const row = named(name);
    assert(row, `no row for ${name}: ours ${ours[name]}, theirs ${theirs[name]}`);
    assert.deepEqual([ours[name], theirs[name]], row.slice(1, 3));
    seen.add(name);
  }
}

/** An intake that keeps requests: what HTTP itself adds is left out, and integers of 64 bits are text. */
async function startIntake(): Promise<{ url: string; take(): Sent[]; close(): Promise<void> }> {
  const taken: Sent[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const text = (request.headers['content-encoding'] === 'zstd' ? zstdDecompressSync(body) : body).toString();
    const exact = text.replace(/("(?:[^"\\]|\\.)*")|(?<![\d.])(\d{17,})(?![\d.eE])/g, (_, quoted, digits) => quoted ?? `"${digits}"`);
    const { traces }: { traces: Record<string, unknown>[] } = JSON.parse(exact);
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !ofHttp.includes(name)));
    taken.push({ url: request.url!, headers, traces });
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    take: () => taken.splice(0),
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const ofHttp = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept',
  'accept-encoding',
  'accept-language',
  'sec-fetch-mode',
  'user-agent',
];
