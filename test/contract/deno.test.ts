// The contract suites on Deno.
import { AsyncLocalStorage } from 'node:async_hooks';
import * as door from 'edgespan/deno';
import { createIntakeProxy } from 'edgespan/proxy';
import { createTraceViewer } from 'edgespan/viewer';
import { AsyncLocalStorageContextManager } from '../../src/context/async-local-storage.ts';
import { StackContextManager } from '../../src/context/stack.ts';
import { casesOf } from './cases.ts';
import { contextManagerContract } from './context-manager.ts';
import { instrumentContract } from './instrument.ts';
import { intakeProxy, type ServeProxy } from './intake-proxy.ts';
import { registrationContract } from './registration.ts';
import { tracingContract } from './tracing.ts';
import { createRegisterHost } from './tracing-host.ts';
import { traceViewer } from './viewer.ts';

const serve = async (handler: (request: Request) => Response | Promise<Response>) => {
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, (request) => handler(request));
  return { origin: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
};
const serveProxy: ServeProxy = async (options) => {
  const { origin, close } = await serve(createIntakeProxy(options).fetch);
  return { send: (path, init) => fetch(origin + path, init), close };
};

for (const [name, check] of casesOf(
  contextManagerContract('AsyncLocalStorage', () => new AsyncLocalStorageContextManager(new AsyncLocalStorage()), {
    nativeAwait: true,
    callbacks: true,
    attach: true,
  }),
  contextManagerContract('stack', () => new StackContextManager(), { nativeAwait: false, callbacks: false, attach: true }),
  tracingContract(createRegisterHost('deno', door, true)),
  registrationContract(door),
  intakeProxy(serveProxy),
  instrumentContract(serve),
  traceViewer(createTraceViewer),
))
  Deno.test(name, async () => check());
