import type { EnvelopeLine } from '../export/envelope.ts';

/** What `print` gives is of this type. */
export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Counts of a proxy, in the memory of this process or isolate. */
export interface Metrics {
  /** Adds to a counter; its name is one of `help`. */
  add(name: CounterName, value: number, label?: string): void;
  /** Times one request to the primary upstream. */
  time(seconds: number): void;
  /** Adds up what clients say they lost. */
  ledger(line: EnvelopeLine): void;
  /** OpenMetrics text. @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
  print(gauges: Readonly<Partial<Record<GaugeName, number>>>): Promise<string>;
}

export type CounterName = keyof typeof help;
export type GaugeName = keyof typeof gaugeHelp;

/** Each counter, what it counts and the name of its label, if it has one. */
const help = {
  batches_accepted: [
    "Batches taken: also parts of an Agent's request that was answered 503, and a page's last taken after the answer.",
    '',
  ],
  spans_accepted: ['Spans of batches taken, as batches_accepted counts them.', ''],
  requests_refused: ['Requests refused, by code.', 'code'],
  requests_forwarded: ['Requests of the Browser SDK passed on, by the status that its intake answered.', 'status'],
  spans_delivered: ['Spans the primary upstream took.', ''],
  spans_spooled: ['Spans kept durably for later.', ''],
  spool_failed: ['Tries to keep a batch, or to put it on record, that failed, by what the disk says, or full.', 'code'],
  spans_dropped: ['Spans given up, by reason.', 'reason'],
  spans_not_copied: ['Spans another upstream did not take.', ''],
  messages_failed: ['Messages of a queue that an error kept from being worked on; they come again.', ''],
  dedupe_forgotten: ['Batches forgotten before their time, as there were too many: they may be taken twice.', ''],
  dedupe_unanswered: ['Questions to the Durable Object of `dedupe` that were not answered; batches go through meanwhile.', ''],
  client_not_sampled_spans: ['Spans that clients did not sample.', ''],
  client_dropped_spans: ['Spans that clients lost, by reason.', 'reason'],
} as const;

const gaugeHelp = {
  spool_batches: 'Batches that the spool keeps.',
  spool_bytes: 'Bytes that the spool keeps.',
  breaker_open: 'Whether the primary upstream is kept from requests: 1 while it fails.',
} as const;

const prefix = 'edgespan_';
const bucketSeconds = [0.005, 0.02, 0.1, 0.5, 2, 10];
/** Different labels of one counter; all are closed sets of ours. */
const maxLabels = 200;

export function createMetrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>();
  const buckets = bucketSeconds.map(() => 0);
  let timedCount = 0;
  let timedSeconds = 0;

  function add(name: CounterName, value: number, label = ''): void {
    const values = counters.get(name) ?? new Map<string, number>();
    counters.set(name, values);
    if (values.size < maxLabels || values.has(label)) values.set(label, (values.get(label) ?? 0) + value);
  }

  return {
    add,
    time(seconds) {
      timedCount++;
      timedSeconds += seconds;
      bucketSeconds.forEach((most, index) => {
        if (seconds <= most) buckets[index]!++;
      });
    },
    ledger({ ledger }) {
      if (ledger.notSampled > 0) add('client_not_sampled_spans', ledger.notSampled);
      for (const [reason, count] of Object.entries(ledger.dropped)) add('client_dropped_spans', count, reason);
    },
    async print(gauges) {
      const families: Family[] = [];
      for (const [name, [text, labelName]] of Object.entries(help) as [CounterName, readonly [string, string]][]) {
        const values = counters.get(name) ?? new Map(labelName === '' ? [['', 0]] : []);
        const samples = Array.from(values, ([label, value]) => ({ value, labels: labelName === '' ? {} : { [labelName]: label } }));
        families.push({ name: `${prefix}${name}`, help: text, type: 'counter', values: samples });
      }
      const name = `${prefix}upstream_seconds`;
      const samples = bucketSeconds.map((le, index) => ({
        metricName: `${name}_bucket`,
        labels: { le: String(le) },
        value: buckets[index]!,
      }));
      samples.push({ metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: timedCount });
      const totals = [
        { metricName: `${name}_sum`, value: timedSeconds },
        { metricName: `${name}_count`, value: timedCount },
      ];
      families.push({ name, help: 'Time of requests to the primary upstream.', type: 'histogram', values: [...samples, ...totals] });
      for (const [gauge, value] of Object.entries(gauges) as [GaugeName, number][]) {
        families.push({ name: `${prefix}${gauge}`, help: gaugeHelp[gauge], type: 'gauge', values: [{ value }] });
      }
      return printFamilies(families);
    },
  };
}

/** What the library prints: a metric by its shape. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly {
    readonly value: number;
    readonly metricName?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

/** The one part of `prom-client` that is used, as it needs nothing of Node's: a Worker has it without any flag. */
interface PromRegistry {
  registerMetric(metric: Pick<Family, 'name' | 'type'> & { get(): Promise<Family> }): void;
  metrics(): Promise<string>;
}

/** Loads the printer when it is asked for: counting needs none. */
async function printFamilies(families: readonly Family[]): Promise<string> {
  // biome-ignore lint/suspicious/noTsIgnore: TypeScript finds no types at this path, and Deno does not miss them.
  // @ts-ignore
  const { default: Registry } = (await import('prom-client/lib/registry.js')) as { default: new (contentType: string) => PromRegistry };
  const registry = new Registry(openMetricsType);
  for (const family of families) registry.registerMetric({ name: family.name, type: family.type, get: async () => family });
  return registry.metrics();
}

/** Whether a request shows the secret, in a time that says nothing about how much of it was right. */
export async function hasSecret(request: Request, secret: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  // RFC 9110 §11.1: a scheme's name is the same in any case.
  const authorization = (request.headers.get('authorization') ?? '').replace(/^bearer /i, 'Bearer ');
  const [given, wanted] = await Promise.all([digest(authorization), digest(`Bearer ${secret}`)]);
  return given.reduce((difference, byte, index) => difference | (byte ^ wanted[index]!), 0) === 0;
}
