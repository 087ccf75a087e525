import type * as NodeFs from 'node:fs/promises';
import {
  agentUpstream,
  createIntakeProxy,
  type IntakeProxy,
  type IntakeProxyOptions,
  objectDedupe,
  openSpoolDirectory,
  type ProxyContext,
  queueSpool,
} from '../../../src/entries/proxy.ts';
import { batchKey } from '../../../src/proxy/spool/spool.ts';
import { dedupeBinding, queueBinding, takeMessages } from './bindings.ts';
import { createInstants } from './instants.ts';
import { killableFs } from './killable-fs.ts';
import { runByScaledClock } from './scaled-clock.ts';

/** What a killable proxy process is configured by. */
export interface HostEnvironment {
  readonly AGENT: string;
  readonly SCALE: string;
  readonly BEGAN: string;
  readonly PLAN: string;
  /** One of these two. */
  readonly SPOOL_DIR?: string;
  readonly BROKER?: string;
}

type Handler = (request: Request, ctx?: ProxyContext) => Promise<Response>;

/** The proxy in a process of its own that ends itself with SIGKILL where its plan says so. */
export async function createProxyHost(env: HostEnvironment, fs: typeof NodeFs, kill: () => void): Promise<Handler> {
  runByScaledClock(Number(env.SCALE), Number(env.BEGAN));
  const instants = createInstants(env.PLAN, kill);
  const agent = agentUpstream({ url: env.AGENT, format: 'json' });
  const options: IntakeProxyOptions = {
    async upstream(batch, signal) {
      await instants.step('forward', async () => {
        instants.begin(batchKey(batch));
      });
      const outcome = await agent(batch, signal);
      if (outcome.status !== 'ok') instants.end(batchKey(batch));
      return outcome;
    },
    allowOrigins: [],
    auth: () => instants.step('accepted', async () => true),
    rateLimit: 'none',
    log: ({ level, event, code }) => {
      if (level === 'error') console.error(`proxy: ${event} ${code ?? ''}`);
    },
  };
  const { BROKER: broker, SPOOL_DIR: directory } = env;
  let proxy: IntakeProxy;
  if (broker !== undefined) {
    proxy = createIntakeProxy({
      ...options,
      spool: queueSpool(queueBinding(broker, instants)),
      dedupe: objectDedupe(dedupeBinding(broker, instants)),
    });
  } else {
    proxy = createIntakeProxy({ ...options, ...(await openSpoolDirectory({ directory: directory!, fs: killableFs(fs, instants) })) });
  }
  return async (request, ctx) => {
    if (new URL(request.url).pathname === '/messages') return takeMessages(request, proxy, instants);
    return instants.step('answer', () => proxy.fetch(request, undefined, ctx));
  };
}
