#!/usr/bin/env node
import process from 'node:process';
import { type CliTexts, main } from '../cli/main.ts';
import { processShell } from '../cli/shell.ts';
import { leanComposite } from '../propagation/lean-composite.ts';
import { propagatorsByName } from '../propagation/propagators-by-name.ts';

const proxyHelp = `
Environment:
  EDGESPAN_UPSTREAM        where spans go: agent, otlp, datadog, viewer, console; with commas, the first decides
  DD_TRACE_AGENT_URL       address of the Datadog Agent, e.g. http://127.0.0.1:8126
  EDGESPAN_OTLP_URL        address of an OTLP/HTTP receiver, e.g. http://127.0.0.1:4318
  EDGESPAN_OTLP_HEADERS    headers for that receiver, name=value, with commas
  DD_API_KEY, DD_SITE      for otlp without a URL (Datadog's OTLP intake) and for datadog (undocumented intake)
  EDGESPAN_VIEWER_URL      address of a viewer, e.g. http://127.0.0.1:4319
  EDGESPAN_ALLOW_ORIGINS   exact origins of the pages that may send, with commas
  EDGESPAN_TOKEN_KEYS      kid:base64url, with commas: who has a token may send (see edgespan token)
  EDGESPAN_AUTH            none: everybody with an allowed origin may send
  EDGESPAN_ALLOW_SERVERS   true: also senders without an origin
  EDGESPAN_SPOOL_DIR       a directory that keeps batches while the upstream or this process is down
  EDGESPAN_METRICS_SECRET  opens GET /metrics to who sends it as a bearer token
  EDGESPAN_CLIENT_ADDRESS_HEADER
                           behind a reverse proxy: the header it sets to the sender's address, e.g. x-real-ip
  EDGESPAN_TRUSTED_PROXIES how many reverse proxies append to that header (default: 1)
  EDGESPAN_PATH            where envelopes are taken (default: /t)
  EDGESPAN_AGENT_FORM      true: also /v0.4/traces, from servers with a token
  EDGESPAN_DDFORWARD_CLIENT_TOKENS
                           client tokens of Datadog's Browser SDK (proxy: '/t'), with commas: passed on to DD_SITE
  EDGESPAN_REDACT          none: secrets are left in values; servers: taken out of what servers send, too
  EDGESPAN_ENRICH          clock, userAgent, address: facts of the request for the first span of each trace

Example:
  DD_TRACE_AGENT_URL=http://127.0.0.1:8126 EDGESPAN_ALLOW_ORIGINS=https://shop.example EDGESPAN_AUTH=none edgespan proxy`;

const senderLines = (address: string): [string, string][] => [
  ['browser', `register({ service: 'shop-web', exporter: intake({ url: '${address}/t' }) })`],
  ['Worker', `instrument(handler, () => ({ service: 'api', exporter: intake({ url: '${address}/t' }) }))`],
  ['Deno, Node, Bun', `EDGESPAN_INTAKE_URL=${address}/t`],
  ['dd-trace, any', `DD_TRACE_AGENT_URL=${address}`],
];

const texts: CliTexts = {
  senderLines,
  proxyHelp,
  propagatorNames: ['tracecontext', 'datadog', 'baggage', 'b3', 'b3multi', 'none'],
  propagatorHeaders: (name) => {
    const { propagators, unknown } = propagatorsByName([name]);
    return unknown.length > 0 ? undefined : leanComposite({ propagators }).fields();
  },
  pagePropagators: ['tracecontext'],
  propagatorVariables: ['DD_TRACE_PROPAGATION_STYLE_INJECT', 'DD_TRACE_PROPAGATION_STYLE', 'OTEL_PROPAGATORS'],
};

process.exitCode = await main(process.argv.slice(2), texts, processShell());
