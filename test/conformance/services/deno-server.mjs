// A Deno server under our tracer; `/?next=<url>` calls on. Prints its port.
import { agent, instrument, register } from '../../../src/entries/deno.ts';

const { Deno } = globalThis;
register({
  service: 'deno-service',
  env: 'interop',
  exporter: agent({ url: Deno.env.get('DD_TRACE_AGENT_URL') }),
  batch: { scheduledDelayMillis: 100 },
});
Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen: ({ port }) => console.log(JSON.stringify({ port })) },
  instrument(async (request) => {
    const next = new URL(request.url).searchParams.get('next');
    if (next) await (await fetch(next)).text();
    return new Response('hello from Deno');
  }),
);
