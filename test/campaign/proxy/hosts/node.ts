import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '../../../../src/entries/proxy.ts';
import type { App, AppEnvironment } from '../proxy-app.ts';

export function serve(app: App): void {
  const handler = toNodeHandler((request, env, ctx) => app(request, env as AppEnvironment, ctx), process.env);
  const server = createServer(handler).listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
}
