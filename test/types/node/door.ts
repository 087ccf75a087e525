// The doors for a server, checked with Node's types alone.
import { createServer } from 'node:http';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { alwaysOn, parentBased, ratio } from 'edgespan';
import { agent, instrument, intake, register } from 'edgespan/node';
import { consoleUpstream, createIntakeProxy, toNodeHandler } from 'edgespan/proxy';
import { saveRestoreContextManager } from 'edgespan/save-restore';
import { createTraceViewer } from 'edgespan/viewer';

register({ service: 'orders', exporter: agent({ url: 'http://127.0.0.1:8126' }), sampler: parentBased(ratio(0.1)) }).ok satisfies boolean;
register({ service: 'orders', exporter: intake({ url: 'https://t.example/t' }), sampler: alwaysOn() });
instrument((request: Request) => new Response(request.url));

const proxy = createIntakeProxy({ upstream: consoleUpstream(), allowOrigins: ['https://shop.example'], auth: 'none' });
createServer(toNodeHandler(proxy.fetch));
void createTraceViewer().fetch(new Request('http://127.0.0.1:4319/'));

// With a `lib` that has `Symbol.dispose`, for that is where `using` is.
{
  using token = saveRestoreContextManager().attach(ROOT_CONTEXT);
  token.dispose();
}
