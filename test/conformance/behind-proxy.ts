import { once } from 'node:events';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { createIntakeProxy, type IntakeProxyOptions, toNodeHandler } from '../../src/entries/proxy.ts';
import type { GoldenSpan } from './differences.ts';
import { dirtyScenario, withoutInternalTags, withoutSecrets } from './dirty.ts';
import { produce } from './produce.mjs';
import { type Scenario, scenarios } from './scenarios.ts';

/** How a proxy is set up, and who is taken to send. */
export interface Setup {
  readonly redact: boolean;
  /** A page, whose internal tags are restricted, or a server of our own, from which nothing is taken. */
  readonly sender: 'page' | 'server';
}

export const setups: readonly Setup[] = [
  { redact: true, sender: 'page' },
  { redact: false, sender: 'page' },
  { redact: true, sender: 'server' },
  { redact: false, sender: 'server' },
];

export const nameOf = ({ redact, sender }: Setup): string => `${sender}, redaction ${redact ? 'on' : 'off'}`;

/** What is played behind a proxy: the scenarios that everything is compared by, and one with what a proxy takes out. */
export const played: readonly Scenario[] = [...scenarios, dirtyScenario];

interface Payload {
  readonly headers: object;
  readonly body: Buffer;
}

/** Our proxy on a free port of this machine, and what came in to it. */
export interface ProxyHere {
  /** Where envelopes go. */
  readonly url: string;
  /** Payloads as the client made them, since the last time. */
  take(): Payload[];
  close(): Promise<void>;
}

export async function startProxy(upstream: IntakeProxyOptions['upstream'], { redact, sender }: Setup): Promise<ProxyHere> {
  const payloads: Payload[] = [];
  const proxy = createIntakeProxy({
    upstream,
    allowOrigins: [],
    ...(sender === 'page' ? { auth: 'none', allowServers: true } : { auth: () => ({ isServer: true }) }),
    // From a server nothing is taken out unless it is asked for.
    redact: redact ? { servers: sender === 'server' } : 'none',
    rateLimit: 'none',
    log: () => {},
  });
  const server = createServer(
    toNodeHandler(async (request, env, ctx) => {
      const envelope = Buffer.from(await request.clone().arrayBuffer());
      const at = envelope.indexOf(10);
      const payload = envelope.subarray(at + 1);
      const line: { enc: string } = JSON.parse(envelope.toString('utf8', 0, at));
      payloads.push({ headers: {}, body: line.enc === 'gzip' ? gunzipSync(payload) : payload });
      return proxy.fetch(request, env, ctx);
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/t`,
    take: () => payloads.splice(0),
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A span as the client sent it, and as it may be behind the proxy. */
export interface PlayedSpan {
  readonly sent: GoldenSpan;
  readonly expected: GoldenSpan;
}

/** Plays everything through the proxy and says, by scenario, what was sent and what must be left of it. */
export async function playThrough(
  proxy: ProxyHere,
  { redact, sender }: Setup,
  which: readonly Scenario[] = played,
): Promise<Map<string, PlayedSpan[]>> {
  const produced: Record<string, { spans: GoldenSpan[] }> = await produce(which, {
    receiver: proxy,
    exporterTo: (door: { intake(options: object): unknown }) => door.intake({ url: proxy.url }),
  });
  return new Map(
    which.map(({ id }) => [
      id,
      produced[id]!.spans.map((sent) => {
        const judged = sayingWho(sender === 'page' ? withoutInternalTags(sent) : sent);
        return { sent, expected: redact && id === dirtyScenario.id ? withoutSecrets(judged) : judged };
      }),
    ]),
  );
}

/** A trace that is kept says who decided so; where a `traceparent` alone said that it is, the proxy adds what stands for nobody. */
function sayingWho(span: GoldenSpan): GoldenSpan {
  const isKept = Number(span.metrics['_sampling_priority_v1'] ?? 0) > 0;
  return isKept ? { ...span, meta: { '_dd.p.dm': '-0', ...span.meta } } : span;
}
