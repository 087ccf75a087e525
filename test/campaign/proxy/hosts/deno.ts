import { type AppEnvironment, createApp } from '../proxy-app.ts';

declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  serve(options: object, handler: (request: Request) => Response | Promise<Response>): void;
};

const app = createApp();
const env = Deno.env.toObject() as unknown as AppEnvironment;
const onListen = ({ port }: { port: number }): void => console.log(`port ${port}`);
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, (request) => app(request, env));
