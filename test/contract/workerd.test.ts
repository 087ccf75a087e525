// The contract suites in workerd, whose Workers have no `register`: tracing is on while a handler runs.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createIntakeProxy } from 'edgespan/proxy';
import { createTraceViewer } from 'edgespan/viewer';
import { instrument, intake } from 'edgespan/workers';
import { test } from 'vitest';
import { AsyncLocalStorageContextManager } from '../../src/context/async-local-storage.ts';
import { StackContextManager } from '../../src/context/stack.ts';
import { casesOf } from './cases.ts';
import { contextManagerContract } from './context-manager.ts';
import { intakeProxy, type ServeProxy } from './intake-proxy.ts';
import { tracingContract } from './tracing.ts';
import { type Posted, readPosted, type TracingHost } from './tracing-host.ts';
import { traceViewer } from './viewer.ts';

const host: TracingHost = {
  runtime: 'workerd',
  nativeAwait: true,
  async trace(options, body) {
    const posted: Promise<Posted>[] = [];
    const binding = {
      async fetch(_url: string, init: RequestInit) {
        posted.push(readPosted(init.body ?? ''));
        return new Response(null, { status: 202 });
      },
    };
    let failure: unknown;
    const handler = {
      async fetch(_request: Request, _env: unknown, _context: ExecutionContext) {
        await Promise.resolve(body()).catch((error: unknown) => (failure = error));
        return new Response('ok');
      },
    };
    const context = createExecutionContext();
    const traced = instrument(handler, () => ({ exporter: intake({ binding }), ...options }));
    await (await traced.fetch(new Request('http://worker.test/'), {}, context)).text();
    await waitOnExecutionContext(context);
    if (failure) throw failure;
    return Promise.all(posted);
  },
};

// A Worker cannot listen: the handler is called as workerd calls it.
const serve: ServeProxy = async (options) => {
  const proxy = createIntakeProxy(options);
  const send = async (path: string, init?: RequestInit): Promise<Response> => {
    const context = createExecutionContext();
    const response = await proxy.fetch(new Request(`http://proxy.test${path}`, init), {}, context);
    await waitOnExecutionContext(context);
    return response;
  };
  return { send, close: async () => {} };
};

for (const [name, check] of casesOf(
  // `enterWith` of workerd throws, so `attach` is left out.
  contextManagerContract('AsyncLocalStorage', () => new AsyncLocalStorageContextManager(new AsyncLocalStorage()), {
    nativeAwait: true,
    callbacks: true,
    attach: false,
  }),
  contextManagerContract('stack', () => new StackContextManager(), { nativeAwait: false, callbacks: false, attach: true }),
  tracingContract(host),
  intakeProxy(serve),
  traceViewer(createTraceViewer),
))
  test(name, check);
