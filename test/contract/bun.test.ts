// The contract suites on Bun.
import { test } from 'bun:test';
import { AsyncLocalStorage } from 'node:async_hooks';
import * as door from 'edgespan/node';
import { createTraceViewer } from 'edgespan/viewer';
import { AsyncLocalStorageContextManager } from '../../src/context/async-local-storage.ts';
import { StackContextManager } from '../../src/context/stack.ts';
import { casesOf } from './cases.ts';
import { contextManagerContract } from './context-manager.ts';
import { instrumentContract } from './instrument.ts';
import { intakeProxy } from './intake-proxy.ts';
import { registrationContract } from './registration.ts';
import { serveProxyWithNodeHttp, serveWithNodeHttp } from './serve-with-node-http.ts';
import { tracingContract } from './tracing.ts';
import { createRegisterHost } from './tracing-host.ts';
import { traceViewer } from './viewer.ts';

for (const [name, check] of casesOf(
  contextManagerContract('AsyncLocalStorage', () => new AsyncLocalStorageContextManager(new AsyncLocalStorage()), {
    nativeAwait: true,
    callbacks: true,
    attach: true,
  }),
  contextManagerContract('stack', () => new StackContextManager(), { nativeAwait: false, callbacks: false, attach: true }),
  tracingContract(createRegisterHost('bun', door, true)),
  registrationContract(door),
  intakeProxy(serveProxyWithNodeHttp),
  instrumentContract(serveWithNodeHttp),
  traceViewer(createTraceViewer),
))
  test(name, check);
