// Run by process-exit.test.ts in Node, Bun and Deno: a script with a span, that ends as it is told.
import { trace } from '@opentelemetry/api';

interface Runtime {
  readonly Deno?: { args: string[]; exit(code: number): never };
  readonly process: { argv: string[]; on(event: string, run: () => void): void };
}
const { Deno, process } = globalThis as unknown as Runtime;
const { register } = await (Deno ? import('edgespan/deno') : import('edgespan/node'));
const [way = ''] = Deno ? Deno.args : process.argv.slice(2);

const tracing = register({ service: 'script', instrumentations: [], ...(Deno && { exitSignals: true }) });
trace.getTracer('script').startSpan('work').end();

if (way === 'throw') {
  setTimeout(() => {
    throw new Error('uncaught');
  });
} else if (way.startsWith('signal')) {
  const timer = setInterval(() => {}, 1000);
  const goOn = (): void => {
    console.log('own listener is through');
    clearInterval(timer);
  };
  // Later than the spans have left, when a process that is not the application's would be gone.
  if (way === 'signal-own') process.on('SIGTERM', () => setTimeout(goOn, 1500));
  console.log('ready');
} else if (way === 'flush' || way === 'shutdown') {
  const startMillis = performance.now();
  await (way === 'flush' ? tracing.forceFlush({ timeoutMillis: 1000 }) : tracing.shutdown());
  console.log('ready', way, Math.round(performance.now() - startMillis));
} else console.log('over', Date.now());
