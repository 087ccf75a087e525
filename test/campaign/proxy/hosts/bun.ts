import type { App, AppEnvironment } from '../proxy-app.ts';

declare const Bun: {
  readonly env: Record<string, string>;
  serve(options: object): { readonly port: number };
};

export function serve(app: App): void {
  const env = Bun.env as unknown as AppEnvironment;
  const { port } = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: (request: Request) => app(request, env) });
  console.log(`port ${port}`);
}
