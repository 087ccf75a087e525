import { type Attributes, type Context, type Link, propagation, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { createGuard, type Guard } from '../guard.ts';
import type { HeaderTags } from '../header-tags.ts';
import { replaceMethods } from '../replace-methods.ts';
import { runSpan } from '../run-span.ts';
import { type ServerOptions, serveRequest } from '../server.ts';

/** One run of a handler, as the door set it up. */
export interface Invocation {
  readonly tracer: Tracer;
  /** What the door hangs on the run travels in it. */
  readonly context: Context;
  /** Given to the handler in place of its own, where the door wants to see `waitUntil`. */
  readonly executionContext?: object;
  readonly headerTags?: HeaderTags | undefined;
  /** Of this run, before those of the handler. */
  readonly options?: ServerOptions | undefined;
  /** After the span has ended, which is before the response's body has. */
  readonly onEnd?: () => void;
}

/** Called once per run. Undefined lets it run untraced. */
export type BeginInvocation = (env: unknown, executionContext: object) => Invocation | undefined;

type Method = (subject: never, env: unknown, executionContext: object) => unknown;
type Run = (call: Omit<Invocation, 'options'> & { guard: Guard; options: ServerOptions }, subject: never, next: () => unknown) => unknown;

interface MessageBatch {
  readonly queue: string;
  readonly messages: readonly { readonly headers?: object; readonly attributes?: object }[];
}

/**
 * A Worker's handler object, or an instance of a class, with a span around `fetch` (SERVER), `scheduled` (SERVER) and `queue` (CONSUMER).
 * Touches nothing until a handler runs, so it may be called at module scope. Other handlers stay as they are. Never throws by itself.
 */
export function instrumentHandler<H extends object>(handler: H, begin: BeginInvocation, options: ServerOptions = {}): H {
  const guard = createGuard();
  const source = handler as Record<string, Method | undefined>;
  const methods: Record<string, Method> = {};
  const wrap = (name: string, run?: Run): void => {
    if (typeof source[name] !== 'function') return;
    // Looked up at each run and called on the original object, whose private fields it may use.
    methods[name] = (subject, env, executionContext, ...rest: unknown[]) => {
      const invocation = run && guard('beginning an invocation', () => begin(env, executionContext));
      const next = (): unknown =>
        Reflect.apply(source[name]!, handler, [subject, env, invocation?.executionContext ?? executionContext, ...rest]);
      return invocation ? run({ ...invocation, guard, options: invocation.options ?? options }, subject, next) : next();
    };
  };
  wrap('fetch', runFetch);
  wrap('scheduled', runScheduled);
  wrap('queue', runQueue);
  for (const name of ['email', 'tail', 'tailStream', 'trace', 'connect', 'test']) wrap(name);
  return replaceMethods(handler, methods);
}

const runFetch: Run = (call, request: Request, next) => {
  const attributes: Attributes = {};
  call.guard('reading a request', () => {
    const ray = request.headers.get('cf-ray');
    if (ray) attributes['cloudflare.ray_id'] = ray;
    const protocol = (request as { cf?: { httpProtocol?: string } }).cf?.httpProtocol;
    if (protocol) attributes['network.protocol.version'] = protocol.replace('HTTP/', '');
  });
  return serveRequest({ ...call, attributes }, request, next);
};

const runScheduled: Run = (call, event: { cron: string; scheduledTime: number }, next) =>
  runJob(call, next, () => ({
    name: `scheduled ${event.cron}`,
    kind: SpanKind.SERVER,
    attributes: {
      'faas.trigger': 'timer',
      'faas.cron': event.cron,
      'faas.time': new Date(event.scheduledTime).toISOString(),
    },
  }));

const runQueue: Run = (call, batch: MessageBatch, next) =>
  runJob(call, next, () => ({
    name: `process ${batch.queue}`,
    kind: SpanKind.CONSUMER,
    attributes: {
      'faas.trigger': 'pubsub',
      'messaging.system': 'cloudflare_queues',
      // The older name is the one that Datadog's mapping of operation names reads.
      'messaging.operation': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': batch.queue,
      'messaging.batch.message_count': batch.messages.length,
    },
    links: linksOf(batch),
  }));

interface Job {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links?: Link[];
}

function runJob({ guard, tracer, context, onEnd }: Parameters<Run>[0], next: () => unknown, describe: () => Job): unknown {
  const span = guard('starting a span', () => {
    const { name, ...job } = describe();
    return tracer.startSpan(name, job, context);
  });
  return runSpan(guard, span, span ? trace.setSpan(context, span) : context, next, { onEnd });
}

// A batch has many senders, so it links to them and descends from none. Messages of Cloudflare Queues have no headers of their own yet.
function linksOf(batch: MessageBatch): Link[] {
  const links: Link[] = [];
  for (const { headers, attributes } of batch.messages) {
    const spanContext = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers ?? attributes ?? {}));
    if (spanContext && links.length < 128) links.push({ context: spanContext });
  }
  return links;
}
