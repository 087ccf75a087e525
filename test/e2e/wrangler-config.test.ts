// The root wrangler.toml as it is: wrangler builds it, workerd runs what was built with the bindings that stand in it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build as bundle } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import * as worker from '../../src/entries/proxy/worker.ts';
import { formatEnvelopeLine } from '../../src/export/envelope.ts';
import { mintToken } from '../../src/proxy/mint-token.ts';
import { createTokenKey } from '../../src/proxy/token-keys.ts';
import { batch } from '../unit/proxy/upstream/served.ts';

const folder = resolve('.cache/wrangler-config');
const given = readFileSync('wrangler.toml', 'utf8');
/** Lines of configuration have nothing between # and what they say; prose has a space. */
const withQueues = given.replaceAll(/^#(?! )/gm, '');
const configs = { 'as-it-is': 'wrangler.toml', 'with-queues': join(folder, 'wrangler.toml') };

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(configs['with-queues'], withQueues.replace('main = "', `main = "${resolve('.')}/`));
});

function build(name: keyof typeof configs): { readonly output: string; readonly script: string } {
  const out = join(folder, name);
  const wrangler = resolve('node_modules/wrangler/bin/wrangler.js');
  const output = execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--config', configs[name], '--outdir', out], {
    encoding: 'utf8',
    timeout: 100_000,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: join(folder, 'log'),
      XDG_CONFIG_HOME: join(folder, 'config'),
    },
  });
  return { output, script: readFileSync(join(out, 'worker.js'), 'utf8') };
}

test('wrangler builds it without a warning', () => {
  const { output } = build('as-it-is');
  expect(output).toMatch(/env\.DEDUPE \(DedupeObject\)[\s\S]*env\.RATE_LIMIT \(RateLimitObject\)[\s\S]*--dry-run/);
  expect(output).not.toMatch(/WARNING|ERROR|SPOOL/);
});

test('and with the lines of the queues', () => {
  const { output } = build('with-queues');
  expect(output).toMatch(/env\.SPOOL \(edgespan\)[\s\S]*--dry-run/);
  expect(output).not.toMatch(/WARNING|ERROR/);
  const { queues } = unstable_readConfig({ config: configs['with-queues'] });
  const consumed = queues.consumers?.map(({ queue }: { queue: string }) => queue);
  for (const { queue } of queues.producers ?? []) expect(consumed).toContain(queue);
  for (const { dead_letter_queue: dead } of queues.consumers ?? []) if (dead !== undefined) expect(consumed).toContain(dead);
  const made = [...given.matchAll(/wrangler queues create (\S+)/g)].map(([, name]) => name);
  expect(consumed?.toSorted()).toEqual(made.toSorted());
});

test('every class in it is exported by the entry and named in a migration', () => {
  const { durable_objects, migrations } = unstable_readConfig({ config: 'wrangler.toml' });
  const classes = durable_objects.bindings.map(({ class_name }: { class_name: string }) => class_name);
  expect(classes).toEqual(['DedupeObject', 'RateLimitObject']);
  expect(Object.keys(worker)).toEqual(expect.arrayContaining(classes));
  expect(migrations.flatMap(({ new_sqlite_classes }: { new_sqlite_classes?: string[] }) => new_sqlite_classes ?? [])).toEqual(classes);
});

test('the docs show the same lines', () => {
  expect(readFileSync('docs/proxy.md', 'utf8')).toContain(given.slice(given.indexOf('[observability]')).trim());
});

const keys = createTokenKey('k1');
const secret = '0123456789abcdef';
const variables = {
  EDGESPAN_UPSTREAM: 'console',
  EDGESPAN_ALLOW_ORIGINS: 'https://shop.example',
  EDGESPAN_TOKEN_KEYS: keys,
  EDGESPAN_METRICS_SECRET: secret,
};
let workerd: Miniflare;
let url: URL;

/** Stands for Cloudflare’s edge: chooses an isolate and sets the sender’s address. */
const edge = `export default {
  fetch(request, env) {
    const headers = new Headers(request.headers);
    headers.set('CF-Connecting-IP', headers.get('X-From'));
    return env[headers.get('X-To')].fetch(new Request(request, { headers }));
  }
}`;

/** Two Workers are two isolates; the second one’s objects are those of the first. */
async function start(): Promise<Miniflare> {
  const { script } = build('as-it-is');
  const { workerOptions } = await unstable_getMiniflareWorkerOptions('wrangler.toml');
  const { compatibilityDate, compatibilityFlags, durableObjects } = workerOptions;
  const isolate = (name: string, bindings: Record<string, string>) => ({
    name,
    modules: true,
    script,
    compatibilityDate,
    compatibilityFlags,
    bindings,
    durableObjects: Object.fromEntries(
      Object.entries(durableObjects as Record<string, object>).map(([binding, object]) => [
        binding,
        name === 'first' ? object : { ...object, scriptName: 'first' },
      ]),
    ),
  });
  const front = {
    name: 'edge',
    modules: true,
    script: edge,
    compatibilityDate,
    serviceBindings: { first: 'first', second: 'second', bare: 'bare' },
  };
  const workers = [front, isolate('first', variables), isolate('second', variables), isolate('bare', {})];
  return new Miniflare(
    convertV4MiniflareOptions({ cf: false, host: '127.0.0.1', port: 0, workers } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
}

afterAll(() => workerd?.dispose());

const good = (): string =>
  `[[{"service":"shop","name":"n","resource":"r","trace_id":5,"span_id":1,"start":${Date.now()}000000,"duration":5,"error":0,"meta":{},"metrics":{"_sampling_priority_v1":1}}]]`;

async function send(
  to: string,
  payload: string,
  line: { seq: number; spans?: number; token?: string },
  address: string,
): Promise<Response> {
  const token = await mintToken({ keys, origin: 'https://shop.example' });
  const body = formatEnvelopeLine({ ...batch().line, token, raw: payload.length, ...line }) + payload;
  return fetch(new URL('/t', url), { method: 'POST', headers: { Origin: 'https://shop.example', 'X-To': to, 'X-From': address }, body });
}

test('what it builds stays closed without variables, and with them takes batches from who holds a token', async () => {
  workerd = await start();
  url = await workerd.ready;
  expect((await send('bare', good(), { seq: 1 }, '10.0.0.1')).status).toBe(503);
  const token = await mintToken({ keys: createTokenKey('k1'), origin: 'https://shop.example' });
  expect((await send('second', good(), { seq: 1, token }, '10.0.0.1')).status).toBe(401);
  expect((await send('first', good(), { seq: 1 }, '10.0.0.1')).status).toBe(202);
});

/** What an isolate has counted: batches it handed on, and questions about them that the object did not answer. */
async function counts(to: string): Promise<[accepted: number, unanswered: number]> {
  const headers = { 'X-To': to, 'X-From': '10.0.0.1', Authorization: `Bearer ${secret}` };
  const text = await (await fetch(new URL('/metrics', url), { headers })).text();
  expect(text).toMatch(/\n# EOF\n$/);
  const read = (name: string): number => Number(new RegExp(`\\nedgespan_${name}_total (\\d+)\\n`).exec(text)?.[1]);
  return [read('batches_accepted'), read('dedupe_unanswered')];
}

test('each batch is taken once for all isolates, as the counts of each say', async () => {
  // An object that is asked for too much at once lets batches through, and that is counted: then another batch has to show it.
  for (let seq = 10; seq < 20; seq++) {
    const before = [await counts('first'), await counts('second')] as const;
    const payload = good();
    expect((await send('first', payload, { seq }, '10.0.0.1')).status).toBe(202);
    expect((await send('second', payload, { seq }, '10.0.0.1')).status).toBe(202);
    const after = [await counts('first'), await counts('second')] as const;
    const grown = after.map(([accepted, unanswered], index) => [accepted - before[index]![0], unanswered - before[index]![1]]);
    if (grown.some(([, unanswered]) => unanswered! > 0)) continue;
    expect(grown).toEqual([
      [1, 0],
      [0, 0],
    ]);
    return;
  }
  expect.fail('the object never answered');
});

/** Sends what costs a fiftieth of the limit ninety times, by two isolates in turn, a few at once. */
async function spend(run: number) {
  // A batch that announces 1,000 spans and has none costs 1,000 spans: 50 of them are the limit, 5 more a second.
  const from = performance.now();
  const answers: { status: number; wait: number }[] = [];
  let slowestMillis = 0;
  for (let seq = 0; seq < 90; seq += 10) {
    const ten = Array.from({ length: 10 }, async (_, index) => {
      const startMillis = performance.now();
      const to = index % 2 ? 'first' : 'second';
      const answer = await send(to, '[]', { seq: 100 * run + seq + index, spans: 1_000 }, `10.0.7.${run}`);
      slowestMillis = Math.max(slowestMillis, performance.now() - startMillis);
      return { status: answer.status, wait: Number(answer.headers.get('retry-after')) };
    });
    answers.push(...(await Promise.all(ten)));
  }
  return { answers, slowestMillis, seconds: (performance.now() - from) / 1000 };
}

test('two isolates share one bucket per sender', async () => {
  // An object that takes over a second is not waited for, and what lasts fills the bucket again: another sender has to show it then.
  let run = 1;
  let spent = await spend(run);
  while ((spent.slowestMillis >= 1_000 || spent.seconds > 5) && run < 10) spent = await spend(++run);
  const { answers, slowestMillis, seconds } = spent;
  expect(slowestMillis, 'the object answered in time').toBeLessThan(1_000);
  expect(seconds, 'the bucket had no time to fill').toBeLessThanOrEqual(5);
  const passed = answers.filter(({ status }) => status === 422).length;
  expect(answers.filter(({ status }) => status !== 422 && status !== 429)).toEqual([]);
  expect(passed).toBeGreaterThanOrEqual(50);
  expect(passed).toBeLessThanOrEqual(50 + Math.ceil(seconds * 5));
  for (const { status, wait } of answers) if (status === 429) expect(wait).toBeGreaterThanOrEqual(1);
  expect((await send('first', good(), { seq: 2_000 }, '10.0.0.8')).status, 'another sender').toBe(202);
});

test('an object that hangs in workerd holds a request for a second, then the isolate decides', async () => {
  const { outputFiles } = await bundle({
    stdin: {
      contents: `import { objectRateLimiter } from './src/proxy/rate-limit-object.ts';
        let limit;
        export class Hangs { fetch() { return new Promise((resolve) => setTimeout(resolve, 60_000)); } }
        export default { async fetch(request, env) {
          limit ??= objectRateLimiter(env.HANGS, { requests: 2 }, () => {});
          const from = Date.now();
          return Response.json([await limit(new URL(request.url).pathname, { requests: 1, spans: 1, bytes: 1 }), Date.now() - from]);
        } };`,
      resolveDir: '.',
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const hanging = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]!.text,
      compatibilityDate: '2026-07-01',
      cf: false,
      durableObjects: { HANGS: 'Hangs' },
    }),
  );
  const ask = async (sender: number) =>
    (await (await hanging.dispatchFetch(`http://worker.test/${sender}`)).json()) as [seconds: number, millis: number];
  const askThrice = async (sender: number) => ({ waited: await ask(sender), atOnce: await ask(sender), refused: await ask(sender) });
  // Of up to ten senders, as a busy machine adds to each: the first that is let go as soon as is promised.
  const isPrompt = ({ waited, atOnce, refused }: Awaited<ReturnType<typeof askThrice>>) =>
    waited[1] < 2_000 && atOnce[1] < 500 && refused[0] > 0;
  try {
    let sender = 0;
    let asked = await askThrice(sender);
    while (!isPrompt(asked) && sender < 10) asked = await askThrice(++sender);
    const { waited, atOnce, refused } = asked;
    expect([waited[0], atOnce[0], refused[0] > 0]).toEqual([0, 0, true]);
    expect(waited[1]).toBeGreaterThan(900);
    expect(waited[1]).toBeLessThan(2_000);
    expect(atOnce[1]).toBeLessThan(500);
  } finally {
    await hanging.dispose();
  }
});
