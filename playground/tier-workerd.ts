// Runs playground/worker.ts in workerd.
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare, Response as WorkerdResponse } from 'miniflare';

export interface Tier {
  readonly url: string;
  /** What is shown beside the tier's name. */
  readonly detail: string;
  close(): Promise<void>;
}

/** @param intake answers what the Worker sends through its service binding. */
export async function startWorkerd(ordersUrl: string, intake: (request: Request) => Promise<Response>): Promise<Tier> {
  const { outputFiles } = await build({
    entryPoints: ['playground/worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    write: false,
    logLevel: 'error',
  });
  const workerd = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-07-01',
      compatibilityFlags: ['nodejs_als'],
      host: '127.0.0.1',
      port: 0,
      cf: false,
      bindings: { ORDERS_URL: ordersUrl },
      serviceBindings: {
        async INTAKE(request) {
          const { status, headers } = request.headers
            ? await intake(new Request(request.url, { method: request.method, body: await request.arrayBuffer() }))
            : new Response(null, { status: 400 });
          return new WorkerdResponse(null, { status, headers: [...headers] });
        },
      },
    }),
  );
  const url = await workerd.ready;
  return {
    url: url.origin,
    detail: `workerd :${url.port}`,
    close: () => workerd.dispose(),
  };
}
