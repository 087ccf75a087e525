import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '../../../../src/entries/proxy.ts';
import { createProxyHost, type HostEnvironment } from '../proxy-host.ts';

const host = await createProxyHost(process.env as unknown as HostEnvironment, fs, () => process.kill(process.pid, 'SIGKILL'));
const server = createServer(toNodeHandler((request, _, ctx) => host(request, ctx))).listen(0, '127.0.0.1', () =>
  console.log(`port ${(server.address() as AddressInfo).port}`),
);
