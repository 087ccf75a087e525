#!/usr/bin/env node
import process from 'node:process';
import { main } from '../cli/main.ts';
import { processShell } from '../cli/shell.ts';

const proxyHelp = `
Environment:
  EDGESPAN_UPSTREAM        where spans go: agent, otlp, datadog, viewer, console; with commas, the first decides
  DD_TRACE_AGENT_URL       address of the Datadog Agent, e.g. http://127.0.0.1:8126
  EDGESPAN_OTLP_URL        address of an OTLP/HTTP receiver, e.g. http://127.0.0.1:4318
  DD_API_KEY, DD_SITE      for otlp without a URL (Datadog's OTLP intake) and for datadog (undocumented intake)
  EDGESPAN_VIEWER_URL      address of a viewer, e.g. http://127.0.0.1:4319
  EDGESPAN_ALLOW_ORIGINS   exact origins of the pages that may send, with commas
  EDGESPAN_TOKEN_KEYS      kid:base64url, with commas: who has a token may send (see edgespan token)
  EDGESPAN_AUTH            none: everybody with an allowed origin may send
  EDGESPAN_ALLOW_SERVERS   true: also senders without an origin
  EDGESPAN_SPOOL_DIR       a directory that keeps batches while the upstream or this process is down
  EDGESPAN_METRICS_SECRET  opens GET /metrics to who sends it as a bearer token

Example:
  DD_TRACE_AGENT_URL=http://127.0.0.1:8126 EDGESPAN_ALLOW_ORIGINS=https://shop.example EDGESPAN_AUTH=none edgespan proxy`;

const senderLines = (address: string): [string, string][] => [
  ['browser', `register({ service: 'shop-web', exporter: intake({ url: '${address}/t' }) })`],
  ['Worker', `instrument(handler, () => ({ service: 'api', exporter: intake({ url: '${address}/t' }) }))`],
  ['Deno, Node, Bun', `EDGESPAN_INTAKE_URL=${address}/t`],
  ['dd-trace, any', `DD_TRACE_AGENT_URL=${address}`],
];

const propagatorHeaders = {
  tracecontext: ['traceparent', 'tracestate'],
  datadog: ['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-sampling-priority', 'x-datadog-origin'],
  baggage: ['baggage'],
  b3: ['b3'],
  b3multi: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled'],
};

process.exitCode = await main(process.argv.slice(2), { senderLines, proxyHelp, propagatorHeaders }, processShell());
