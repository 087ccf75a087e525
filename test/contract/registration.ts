// What the handle of `register` promises, on every runtime that has this function.
import { trace } from '@opentelemetry/api';
import { withSpan } from 'edgespan';
import type { TracingOptions } from '../../src/sdk/options.ts';
import type { TracingHandle } from '../../src/sdk/register.ts';
import { equal, holds, same, thrownBy } from './equal.ts';
import { intakeUrl, type RegisterDoor, withIntake } from './tracing-host.ts';

const wrongOptions: [option: string, options: unknown][] = [
  ['sampleRate', { sampleRate: 3 }],
  ['sampleRate', { sampleRate: '1' }],
  ['sampler', { sampler: {} }],
  ['sampler', { sampler: { shouldSample() {} }, sampleRate: 1 }],
  ['service', { service: '' }],
  ['service', { service: 7 }],
  ['exporter', { exporter: 'https://example.com' }],
  ['instrumentations', { instrumentations: {} }],
  ['propagators', { propagators: 'b3' }],
  ['batch.maxQueueSize', { batch: { maxQueueSize: -1 } }],
  ['tags.team', { tags: { team: 7 } }],
  ['beforeSend', { beforeSend: true }],
  ['contextManager', { contextManager: () => ({}) }],
  ['contextManager', { contextManager: 'zone' }],
  ['contextManager', { contextManager: {} }],
  ['api', { api: {} }],
  ['tags', { tags: 'team:web' }],
  ['sampling', { sampling: { rules: [] } }],
  ['compression', { compression: () => ({}) }],
  ['instrumentations', { instrumentations: ['fetch'] }],
  ['propagators', { propagators: ['tracecontext'] }],
  ['propagators', { propagators: [{ inject() {} }, () => ({})] }],
  ['propagators', { propagators: [undefined] }],
  ['spanProcessors', { spanProcessors: [{}] }],
  ['batch.maxQueueBytes', { batch: { maxQueueBytes: 0 } }],
  ['batch.scheduledDelayMillis', { batch: { scheduledDelayMillis: Number.NaN } }],
  ['options', null],
];

/** Of the intake that is silent: whether it has spoken after all. */
const silence = { isOver: false };
const accepted = (): Response => new Response(null, { status: 202 });
const tracer = () => trace.getTracer('contract');

type Run = (register: (options?: TracingOptions) => TracingHandle) => Promise<void>;

const checks: Record<string, { answer?: (body: BodyInit) => Promise<Response> | Response; run: Run }> = {
  'wrong options throw, naming option, rule and value, and register nothing': {
    async run(register) {
      for (const [option, options] of wrongOptions) {
        const thrown = await thrownBy(() => register(options as TracingOptions), `wrong ${option}`);
        const { message } = thrown as Error;
        holds(thrown instanceof TypeError, `${option}: a TypeError`);
        holds(/^Cannot register tracing as `[^`]+` must .+: current value is .+/s.test(message), message);
        holds(message.includes(`\`${option}\``), `${message} names ${option}`);
      }
      equal(tracer().startSpan('a').isRecording(), false, 'a span afterwards');
      equal(register().ok, true, 'a right one afterwards');
    },
  },

  'a context manager that throws leaves the runtime’s own, and nothing else undone': {
    async run(register) {
      const contextManager = {
        enable() {
          throw new Error('not today');
        },
      };
      equal(register({ contextManager } as unknown as TracingOptions).ok, true, 'ok');
      equal(
        withSpan('a', (span) => trace.getActiveSpan() === span),
        true,
        'active',
      );
    },
  },

  'tracers fetched before register record after it': {
    async run(register) {
      const early = tracer();
      equal(early.startSpan('before').isRecording(), false, 'before');
      const { ok, reason } = register();
      equal([ok, reason], [true, ''], 'handle');
      equal(early.startSpan('after').isRecording(), true, 'after');
    },
  },

  'a second register takes over the first, whose provider stays': {
    async run(register) {
      const first = register({ service: 'one' });
      const held = tracer();
      const second = register({ service: 'two' });
      same(second.provider, first.provider, 'provider');
      equal([second.ok, second.reason], [true, ''], 'handle');
      held.startSpan('a').end();
      await second.forceFlush();
      equal(second.stats().delivered, 1, 'delivered by the second');
      await first.shutdown();
      equal(held.startSpan('b').isRecording(), true, 'after the first one’s shutdown');
    },
  },

  'after shutdown nothing records, and register starts again': {
    async run(register) {
      const tracing = register();
      const held = tracer();
      const open = held.startSpan('open');
      await tracing.shutdown();
      await tracing.shutdown();
      open.end();
      equal(held.startSpan('a').isRecording(), false, 'after shutdown');
      register();
      equal(held.startSpan('b').isRecording(), true, 'registered again');
    },
  },

  'switched off: a reason, no spans, and functions still run': {
    async run(register) {
      const { ok, reason } = register({ enabled: false });
      equal(ok, false, 'ok');
      holds(reason.length > 10, 'a reason');
      equal(
        withSpan('a', (span) => [span.isRecording(), 7]),
        [false, 7],
        'withSpan',
      );
    },
  },

  'another provider that came first is left alone, and said': {
    async run(register) {
      const other = { getTracer: () => tracer() };
      trace.setGlobalTracerProvider(other);
      try {
        const { ok, reason } = register();
        equal(ok, false, 'ok');
        holds(/provider/i.test(reason), reason);
      } finally {
        trace.disable();
      }
    },
  },

  'every span is somewhere: the ledger adds up': {
    async run(register) {
      const dropped: [reason: string, spanCount: number][] = [];
      const tracing = register({
        beforeSend: (span) => (span.resource === 'secret' ? null : span),
        onDrop: ({ reason, spanCount }) => dropped.push([reason, spanCount]),
      });
      const addsUp = (where: string): void => {
        const { started, open, notSampled, delivered, dropped: lost, buffered, inFlight, stored } = tracing.stats();
        const known =
          Object.values(lost).reduce((sum, count) => sum + (count ?? 0), 0) + open + notSampled + delivered + buffered + inFlight + stored;
        equal(known, started, `sum ${where}`);
      };
      const open = tracer().startSpan('open');
      for (const name of ['a', 'secret', 'b']) tracer().startSpan(name).end();
      addsUp('before the flush');
      const flushing = tracing.forceFlush();
      addsUp('while it flushes');
      equal(await flushing, { delivered: 2, pending: 0, dropped: 1 }, 'result of the flush');
      addsUp('after the flush');
      const { started, open: openCount, delivered, dropped: lost } = tracing.stats();
      equal([started, openCount, delivered, lost], [4, 1, 2, { before_send: 1 }], 'ledger');
      equal(dropped, [['before_send', 1]], 'onDrop');
      open.end();
      addsUp('at the end');
    },
  },

  'forceFlush resolves in its time while the intake is silent': {
    answer: () =>
      new Promise((resolve) =>
        setTimeout(() => {
          silence.isOver = true;
          resolve(accepted());
        }, 1500),
      ),
    async run(register) {
      silence.isOver = false;
      const tracing = register();
      tracer().startSpan('a').end();
      equal(await tracing.forceFlush({ timeoutMillis: 100 }), { delivered: 0, pending: 1, dropped: 0 }, 'result');
      holds(!silence.isOver, 'it did not wait for the answer');
    },
  },

  'the resolved configuration says where each value comes from': {
    async run(register) {
      const { config } = register({ service: 'shop', sampleRate: 0.5 });
      equal(config['service'], { value: 'shop', from: 'code' }, 'service');
      equal(config['sampleRate'], { value: 0.5, from: 'code' }, 'sampleRate');
      equal(config['debug'], { value: false, from: 'default' }, 'debug');
      equal(config['env'], { value: '', from: 'default' }, 'env');
      const { value, from } = config['batch'] ?? {};
      equal([(value as { scheduledDelayMillis: number }).scheduledDelayMillis, from], [5000, 'default'], 'batch');
      for (const [name, { value: found }] of Object.entries(config)) holds(found !== undefined, `${name} has a value`);
    },
  },

  'what has methods stands in the configuration by a word, and secrets not at all': {
    async run(register) {
      const onStart = (): void => {};
      const propagator = { inject() {}, extract: (context: unknown) => context, fields: () => [] };
      const options = { spanProcessors: [{ onStart, onEnd() {} }], propagators: [propagator], onDrop: onStart, batch: { maxQueueSize: 7 } };
      const { config } = register(options as unknown as TracingOptions);
      equal(config['onDrop'], { value: 'function onStart', from: 'code' }, 'onDrop');
      equal(config['spanProcessors'], { value: '[{onStart,onEnd}]', from: 'code' }, 'spanProcessors');
      equal(config['propagators'], { value: '[{inject,extract,fields}]', from: 'code' }, 'propagators');
      const { value } = config['batch'] ?? {};
      equal((value as { maxQueueSize: number }).maxQueueSize, 7, 'batch');
      equal(config['exporter'], { value: intakeUrl, from: 'code' }, 'exporter');
      equal(JSON.parse(JSON.stringify(config)), config, 'as JSON');
    },
  },
};

/** Each check registers and unregisters itself; run them one after the other. */
export function registrationContract(door: RegisterDoor): Record<string, () => Promise<void>> {
  const cases = Object.entries(checks).map(([name, { answer = accepted, run }]): [string, () => Promise<void>] => [
    `register: ${name}`,
    () =>
      withIntake(answer, async () => {
        const handles: TracingHandle[] = [];
        const register = (options?: TracingOptions): TracingHandle => {
          const given = options === null ? options : { service: 'shop', exporter: door.intake({ url: intakeUrl }), ...options };
          const handle = door.register(given as TracingOptions);
          handles.push(handle);
          return handle;
        };
        try {
          await run(register);
        } finally {
          for (const handle of handles.toReversed()) await handle.shutdown();
        }
      }),
  ]);
  return Object.fromEntries(cases);
}
