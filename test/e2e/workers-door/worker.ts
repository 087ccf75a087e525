// Run in workerd by workers-door.test.ts: each path is one way a handler makes spans.
import { trace } from '@opentelemetry/api';
import { instrument, intake, withSpan } from 'edgespan/workers';

interface Env {
  INTAKE: { fetch(url: string, init: RequestInit): Promise<Response> };
  MODE: string;
}
interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

const handler = {
  async fetch(request: Request, _env: Env, context: Context): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case '/late':
        // The response is out before this ends.
        context.waitUntil(pause(50).then(() => withSpan('late work', () => pause(10))));
        return new Response('late');
      case '/stream': {
        const active = trace.getActiveSpan();
        const { readable, writable } = new TransformStream();
        const write = async (): Promise<void> => {
          const writer = writable.getWriter();
          await writer.write(new TextEncoder().encode('one '));
          await pause(20);
          await withSpan('stream tail', () => writer.write(new TextEncoder().encode('two')));
          await writer.close();
        };
        context.waitUntil(write());
        active?.addEvent('streaming');
        return new Response(readable);
      }
      case '/throw':
        throw new RangeError('not today');
      default:
        await pause(1);
        return withSpan('work', () => new Response('ok'));
    }
  },
  async scheduled(): Promise<void> {
    await withSpan('nightly', () => pause(1));
  },
};

export default instrument(handler, (env: Env) => {
  if (env.MODE === 'wrong') return { service: 'api', sampleRate: 3 };
  if (env.MODE === 'nothing') return { service: 'api' };
  return {
    service: env.MODE,
    exporter: intake({ binding: env.INTAKE }),
    server: { resourceName: () => 'named by the door', serverTiming: false },
  };
});
