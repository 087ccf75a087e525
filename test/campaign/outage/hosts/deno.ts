import * as fs from 'node:fs/promises';
import { createProxyHost, type HostEnvironment } from '../proxy-host.ts';

declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  readonly pid: number;
  kill(pid: number, signal: string): void;
  serve(options: object, handler: (request: Request) => Promise<Response>): void;
};

const host = await createProxyHost(Deno.env.toObject() as unknown as HostEnvironment, fs, () => Deno.kill(Deno.pid, 'SIGKILL'));
const onListen = ({ port }: { port: number }): void => console.log(`port ${port}`);
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, (request) => host(request));
