import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { freePort, start, until } from '../children.ts';
import type { GoldenSpan } from '../differences.ts';
import type { Part, Setting } from '../parts.ts';
import { produce } from '../produce.mjs';
import { startReceiver } from '../receiver.mjs';
import { scenarios } from '../scenarios.ts';
import { toGolden } from '../wire-span.mjs';

/** All checks that need no configuration of their own. */
const checks = [
  'trace_count_header',
  'meta_tracer_version_header',
  'trace_content_length',
  'meta_events_is_valid_json',
  'trace_peer_service',
  'trace_dd_service',
];

export interface TestAgent {
  readonly url: string;
  /** What failed since the last time, empty where nothing did. */
  failures(): Promise<string>;
  /** Spans of a session, as received; 64-bit integers are text. */
  spans(session: string): Promise<Record<string, unknown>[][]>;
  stop(): Promise<void>;
}

/** Starts Datadog's test agent with all its checks, under a limit of memory: a zero span id makes it take all there is. */
export async function startTestAgent(bin: string): Promise<TestAgent> {
  const [port, http, grpc] = [await freePort(), await freePort(), await freePort()];
  const child = start(
    'bash',
    [
      '-c',
      `ulimit -v 1500000; exec "$0" --port ${port} --otlp-http-port ${http} --otlp-grpc-port ${grpc} --disable-llmobs-data-forwarding`,
      `${bin}ddapm-test-agent`,
    ],
    {
      cwd: tmpdir(),
      env: { ...process.env, ENABLED_CHECKS: checks.join(), DD_POOL_TRACE_CHECK_FAILURES: 'true', DD_DISABLE_ERROR_RESPONSES: 'true' },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(
    () => `the test agent: ${child.errors()}`,
    async () => ((await fetch(`${url}/info`)).ok ? true : undefined),
    20_000,
  );
  return {
    url,
    async failures() {
      const answer = await fetch(`${url}/test/trace_check/failures`);
      const text = await answer.text();
      await fetch(`${url}/test/trace_check/clear`);
      return answer.status === 200 ? '' : text;
    },
    async spans(session) {
      const text = await (await fetch(`${url}/test/session/traces?test_session_token=${session}`)).text();
      // bare 64-bit integers, in values only
      return JSON.parse(
        text.replace(/("(?:[^"\\]|\\.)*")|(?<![\d.])(\d{16,})(?![\d.eE])/g, (_, quoted, digits) => quoted ?? `"${digits}"`),
      );
    },
    stop: () => child.stop(),
  };
}

/** Every scenario to Datadog's test agent: what it received is what was sent, and none of its checks fails. */
export const testAgentReceives: Part = async ({ tally, python }: Setting) => {
  if (python.missing !== undefined) return tally.skip('Datadog’s test agent', python.missing);
  const agent = await startTestAgent(python.path);
  try {
    for (const nativeEvents of [false, true]) {
      const form = nativeEvents ? 'typed events' : 'event tags';
      for (const scenario of scenarios) {
        const session = `${scenario.id}-${nativeEvents}`;
        await tally.check(`test agent, ${form}: ${scenario.id}`, async () => {
          await fetch(`${agent.url}/test/session/start?test_session_token=${session}`);
          const receiver = await startReceiver({
            forwardTo: agent.url,
            info: { span_events: nativeEvents },
            headers: { 'x-datadog-test-session-token': session },
          });
          try {
            const produced: Record<string, { spans: GoldenSpan[] }> = await produce([scenario], { receiver });
            const sent = produced[scenario.id]!.spans;
            const refs = new Map(sent.map(({ span_id, ref }) => [span_id, ref]));
            assert.deepEqual(inOrder(toGolden(await agent.spans(session), refs)), inOrder(sent));
          } finally {
            await receiver.close();
          }
          assert.equal(await agent.failures(), '');
        });
      }
    }
  } finally {
    await agent.stop();
  }
};

const inOrder = (spans: GoldenSpan[]): unknown[] =>
  spans.map((span) => JSON.parse(JSON.stringify(span))).sort((a, b) => (a.span_id < b.span_id ? -1 : 1));
