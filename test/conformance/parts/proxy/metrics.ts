import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleUpstream, createIntakeProxy } from '../../../../src/entries/proxy.ts';
import { formatEnvelopeLine } from '../../../../src/export/envelope.ts';
import { run } from '../../children.ts';
import type { Part } from '../../parts.ts';

/** Prints what Prometheus' own parser of OpenMetrics, which refuses what the specification does, made of a file. */
const read = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = parse(open(sys.argv[1], encoding='utf-8', newline='').read())
print(json.dumps([{'name': f.name, 'type': f.type, 'help': f.documentation, 'samples': [[s.name, s.labels, s.value] for s in f.samples]} for f in families]))
`;

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number])[];
}

const line = { v: 1, client: 'ab'.repeat(16), attempt: 1, final: false, enc: 'identity', runtime: 'browser', lang: 'javascript' } as const;
const secret = '0123456789abcdef';

/** What `/metrics` prints, empty and after batches of all kinds, read back. */
export const metricsAreRead: Part = async ({ tally, python }) => {
  if (python.missing !== undefined) return tally.skip('metrics of the proxy', python.missing);
  const folder = await mkdtemp(join(tmpdir(), 'edgespan-metrics-'));
  const proxy = createIntakeProxy({
    upstream: consoleUpstream(),
    allowOrigins: [],
    auth: 'none',
    allowServers: true,
    metricsSecret: secret,
    rateLimit: { spans: 1_000 },
    clientAddress: () => '10.0.0.1',
    log: () => {},
  });
  const ask = async (): Promise<Family[]> => {
    const answer = await proxy.fetch(new Request('http://proxy.test/metrics', { headers: { Authorization: `Bearer ${secret}` } }));
    assert.equal(answer.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    const file = join(folder, 'metrics.txt');
    await writeFile(file, await answer.text());
    return JSON.parse(await run(`${python.path}python`, ['-c', read, file]));
  };
  const send = async (seq: number, payload: string, spans = 1): Promise<number> => {
    const ledger = { notSampled: 4, dropped: { queue_full: 2 } };
    const envelope = {
      ...line,
      seq,
      sentAt: Date.now(),
      raw: payload.length,
      spans,
      tracer: '0.1.0',
      service: 'shop',
      env: '',
      version: '',
      ledger,
    };
    const body = formatEnvelopeLine(envelope) + payload;
    return (await proxy.fetch(new Request('http://proxy.test/t', { method: 'POST', body }))).status;
  };
  const span = `[[{"service":"shop","name":"n","resource":"r","trace_id":5,"span_id":1,"start":${Date.now()}000000,"duration":5,"error":0,"meta":{},"metrics":{"_sampling_priority_v1":1}}]]`;
  const log = console.log;
  try {
    await tally.check('metrics of the proxy before the first batch', async () => {
      const families = await ask();
      assert(families.length >= 10);
      for (const { name, help } of families) assert(name.startsWith('edgespan_') && help.length > 5, name);
    });
    await tally.check('metrics of the proxy after batches taken and refused', async () => {
      // The upstream that prints spans.
      console.log = () => {};
      const statuses = [await send(1, span), await send(2, span), await send(3, '[]'), await send(4, '[]', 900), await send(5, '[]', 999)];
      console.log = log;
      assert.deepEqual(statuses, [202, 202, 422, 422, 429]);
      const families = new Map((await ask()).map((family) => [family.name, family]));
      const samples = (name: string) => families.get(`edgespan_${name}`)!.samples.map(([sample, labels, value]) => [sample, labels, value]);
      assert.deepEqual(samples('batches_accepted'), [['edgespan_batches_accepted_total', {}, 2]]);
      assert.deepEqual(samples('client_dropped_spans'), [['edgespan_client_dropped_spans_total', { reason: 'queue_full' }, 4]]);
      const refused = samples('requests_refused').map(([, labels, value]) => [(labels as { code: string }).code, value]);
      assert.equal(
        refused.reduce((sum, [, value]) => sum + Number(value), 0),
        3,
      );
      assert.deepEqual(
        refused.find(([code]) => code === 'rate_limited'),
        ['rate_limited', 1],
      );
      const { type, samples: timed } = families.get('edgespan_upstream_seconds')!;
      assert.deepEqual([type, timed.find(([name]) => name.endsWith('_count'))?.[2]], ['histogram', 2]);
      assert.equal(families.get('edgespan_breaker_open')!.type, 'gauge');
      // Of a spool that is not there nothing is said.
      assert.equal(families.has('edgespan_spool_bytes'), false);
    });
  } finally {
    console.log = log;
    await rm(folder, { recursive: true });
  }
};
