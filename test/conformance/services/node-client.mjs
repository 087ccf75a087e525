// node node-client.mjs <url> [headers as JSON]: our tracer in Node begins a trace, or continues the one of the headers, and calls the URL.
import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { agent, register, withSpan } from '../../../src/entries/node.ts';

const [url, headers] = process.argv.slice(2);
const tracing = register({ service: 'node-client', env: 'interop', exporter: agent({ url: process.env.DD_TRACE_AGENT_URL }) });
const parent = headers ? propagation.extract(ROOT_CONTEXT, JSON.parse(headers)) : ROOT_CONTEXT;
await context.with(parent, () =>
  withSpan('outing', async () => {
    const answer = await fetch(url);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.text();
  }),
);
await tracing.shutdown();
