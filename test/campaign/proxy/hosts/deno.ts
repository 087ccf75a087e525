import type { App, AppEnvironment } from '../proxy-app.ts';

declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  serve(options: object, handler: (request: Request) => Response | Promise<Response>): void;
};

export function serve(app: App): void {
  const env = Deno.env.toObject() as unknown as AppEnvironment;
  const onListen = ({ port }: { port: number }): void => console.log(`port ${port}`);
  Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, (request) => app(request, env));
}
