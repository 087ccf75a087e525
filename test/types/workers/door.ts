// The doors for a Worker, checked with Cloudflare's types alone.
import { agentUpstream, createIntakeProxy } from 'edgespan/proxy';
import { createTraceViewer } from 'edgespan/viewer';
import { agent, instrument, intake } from 'edgespan/workers';

interface Env {
  INTAKE: Fetcher;
  DD_TRACE_AGENT_URL: string;
  ALLOW_SERVERS: string;
}

const handler: ExportedHandler<Env> = {
  async fetch(request, env, ctx) {
    ctx.waitUntil(Promise.resolve(env.DD_TRACE_AGENT_URL));
    return new Response(request.url);
  },
  async scheduled(controller) {
    controller.cron satisfies string;
  },
  async queue(batch) {
    batch.queue satisfies string;
  },
};

export const traced: ExportedHandler<Env> = instrument(handler, (env) => ({ service: 'api', exporter: intake({ binding: env.INTAKE }) }));
export const fixed: ExportedHandler<Env> = instrument(handler, { service: 'api', exporter: agent({ url: 'http://agent:8126' }) });

const proxy = createIntakeProxy((env: Env) => ({
  upstream: agentUpstream({ url: env.DD_TRACE_AGENT_URL }),
  allowOrigins: ['https://shop.example'],
  auth: 'none' as const,
  allowServers: env.ALLOW_SERVERS === 'true',
}));
export const intakeWorker: ExportedHandler<Env> = { fetch: proxy.fetch };
export const viewer = createTraceViewer();
