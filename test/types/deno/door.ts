// The doors for Deno, checked by `deno check` with Deno's own types.
import { withSpan } from 'edgespan';
import { agent, instrument, intake, register } from 'edgespan/deno';
import { createTraceViewer } from 'edgespan/viewer';

register({ service: 'orders' }).ok satisfies boolean;
register({ service: 'orders', exporter: agent({ url: 'http://127.0.0.1:8126' }), exitSignals: true });
register({ service: 'orders', exporter: intake({ url: Deno.env.get('EDGESPAN_INTAKE_URL') ?? '/t' }) });

export const serve = (): Deno.HttpServer => Deno.serve(instrument((request: Request) => new Response(request.url)));
export const server: { fetch(request: Request): Response | Promise<Response> } = instrument({ fetch: () => new Response('ok') });
export const viewer = createTraceViewer();
export const answer: string = withSpan('a', () => 'b');
