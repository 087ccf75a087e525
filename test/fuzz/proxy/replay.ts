import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { mintToken } from '../../../src/entries/proxy.ts';
import { type Inflate, inflateGzip } from '../../../src/proxy/inflate.ts';
import { pageOrigin } from '../../campaign/proxy/page-origin.ts';
import { type HostName, serveProxy } from '../../campaign/proxy/serve.ts';
import { createRandom, seedOf } from '../../campaign/random.ts';
import { forcedChange, notComparable } from './forced.ts';
import { type AppReport, createProxies, goodPlan, reportTarget, targetHeader } from './fuzz-app.ts';
import { pickKind, upstreamSalt } from './fuzz-proxy.ts';
import { makeInput, readCorpus, type Secrets, toRequest } from './inputs.ts';
import { judgeAnswer } from './judge-answer.ts';
import { clientToken, proxyKinds } from './proxies.ts';
import { answerOf, faultsOf, infoAnswers, upstreamAnswers } from './stand-in.ts';
import { createStandIn } from './stand-in-server.ts';
import { responseOf } from './targets.ts';
import { createWire } from './wire.ts';

export interface ReplayOptions {
  readonly seed: number;
  readonly count: number;
  readonly from: number;
  readonly hosts: readonly HostName[];
  /** workerd alone, without Node compatibility: it inflates in JavaScript, as is then done in this process too. */
  readonly withoutZlib: boolean;
  readonly onProgress: (doneCount: number) => void;
}

/** What one runtime said. */
export interface HostResult {
  readonly host: HostName;
  /** Inputs answered as in this process. */
  sameCount: number;
  /** By the reason in `forced.ts`. */
  readonly forced: Map<string, number>;
  /** By the reason why there is nothing to compare. */
  readonly notCompared: Map<string, number>;
  /** By what was said here and there: how often, and some indices. */
  readonly differences: Map<string, { times: number; readonly indices: number[] }>;
  readonly faults: string[];
  readonly codes: Map<string, number>;
  upstreamRequestCount: number;
  peakMebibytes: number;
}

/** Inputs on their way at once; and how long a server may take to say something. */
const lanes = 4;
const patienceMillis = 8_000;
/** Where what a server waits for never comes. */
const shortPatienceMillis = 300;
const badUpstreamShare = 0.06;

/** Sends the inputs of the campaign over HTTP into the proxy as each runtime serves it, and compares each answer with that in this process. */
export async function replay({ seed, count, from, hosts, withoutZlib, onProgress }: ReplayOptions): Promise<HostResult[]> {
  const corpus = readCorpus();
  const tokenKeys = `k1:${randomBytes(32).toString('base64url')}`;
  const own = createHere(tokenKeys, withoutZlib ? inflateGzip : undefined);
  const served = await Promise.all(hosts.map((host) => serveHost(host, tokenKeys, withoutZlib)));
  let secrets: Promise<Secrets> | undefined;
  let next = from;
  let doneCount = 0;

  async function runOne(index: number): Promise<void> {
    if (secrets === undefined || index % 5_000 === 0) secrets = mintSecrets(tokenKeys);
    const { page } = await secrets;
    const random = createRandom(seedOf(seed, index));
    const input = makeInput(random, corpus, await secrets);
    const kind = pickKind(random, input);
    const request = toRequest(input);
    if (request === undefined) return;
    const plan = planOf(createRandom(seedOf(seed ^ upstreamSalt, index)));
    const expected = await own.answer(kind, plan, request, page);
    await Promise.all(
      served.map(async ({ wire, result }) => {
        const notCompared = notComparable(input);
        const patience = notCompared === undefined ? patienceMillis : shortPatienceMillis;
        const said = await wire.send(input, request, { [targetHeader]: `${proxyKinds.indexOf(kind)} ${plan}` }, patience);
        if (notCompared !== undefined) return add(result.notCompared, notCompared);
        const change = forcedChange(result.host, input);
        const meant = (change && toRequest(change.input)) ?? request;
        const got = 'gone' in said ? { words: `gone: ${said.gone}`, faults: [] } : await judge(meant, responseFrom(said), page);
        add(result.codes, got.words);
        for (const fault of got.faults) note(result.faults, `#${index} ${kind} [${input.layers}] ${fault}`);
        if (got.words === expected.words) return void result.sameCount++;
        if (change !== undefined && got.words === (await own.answer(kind, plan, meant, page)).words) return add(result.forced, change.why);
        const key = `${expected.words} here, ${got.words} there`;
        const difference = result.differences.get(key) ?? { times: 0, indices: [] };
        result.differences.set(key, difference);
        difference.times++;
        if (difference.indices.length < 5) difference.indices.push(index);
      }),
    );
    for (const fault of own.takeFaults()) for (const { result } of served) note(result.faults, `#${index} in this process: ${fault}`);
    for (const { result, standIn } of served) for (const fault of standIn.takeFaults()) note(result.faults, `about #${index}: ${fault}`);
    if (++doneCount % 2_000 === 0) onProgress(doneCount);
  }

  try {
    const lane = async (): Promise<void> => {
      while (next < from + count) await runOne(next++);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    // What was started and not waited for may still fail.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await Promise.all(served.map(({ lookBack }) => lookBack()));
  } finally {
    for (const { close } of served) await close();
  }
  return served.map(({ result }) => result);
}

async function mintSecrets(keys: string): Promise<Secrets> {
  const page = await mintToken({ keys, origin: pageOrigin, service: 'shop-web', env: 'prod' });
  return { page, server: await mintToken({ keys, server: true }), client: clientToken };
}

/** Most upstreams are good; else all that one may say, and all that an Agent may say of itself. */
function planOf(random: ReturnType<typeof createRandom>): string {
  if (!random.chance(badUpstreamShare)) return goodPlan;
  return `${random.below(upstreamAnswers.length)}-${random.below(infoAnswers.length)}`;
}

interface Words {
  /** Status and code. */
  readonly words: string;
  readonly faults: readonly string[];
}

async function judge(request: Request, response: Response, token: string): Promise<Words> {
  const { code, faults } = await judgeAnswer(request, response, token);
  return { words: code.includes(`${response.status}`) ? code : `${response.status} ${code}`, faults };
}

function responseFrom({ status, headers, text }: { status: number; headers: Headers; text: string }): Response {
  return new Response(text === '' ? null : text, { status, headers });
}

/** The same proxies in this process, in front of the same upstream without a wire. */
function createHere(
  tokenKeys: string,
  inflate: Inflate | undefined,
): {
  answer(kind: (typeof proxyKinds)[number], plan: string, request: Request, token: string): Promise<Words>;
  takeFaults(): string[];
} {
  let faults: string[] = [];
  const proxies = createProxies({ tokenKeys, inflate, log: () => {} }, (plan) => async (input, init) => {
    const url = String(input);
    faults.push(...faultsOf({ url, headers: new Headers(init?.headers), body: init?.body, redirect: init?.redirect }));
    return responseOf(answerOf(url, plan));
  });
  return {
    async answer(kind, plan, request, token) {
      const response = await proxies(kind, plan).fetch(request, undefined, { waitUntil: (promise) => void promise });
      const words = await judge(request, response, token);
      faults.push(...words.faults);
      return words;
    },
    takeFaults() {
      const taken = faults;
      faults = [];
      return taken;
    },
  };
}

async function serveHost(host: HostName, tokenKeys: string, withoutZlib: boolean) {
  const result: HostResult = {
    host,
    sameCount: 0,
    forced: new Map(),
    notCompared: new Map(),
    differences: new Map(),
    faults: [],
    codes: new Map(),
    upstreamRequestCount: 0,
    peakMebibytes: 0,
  };
  const standIn = await createStandIn();
  const app = join(import.meta.dirname, 'fuzz-app.ts');
  const onStderr = (text: string): void => note(result.faults, `on stderr: ${text.slice(0, 1_000)}`);
  const process = await serveProxy(host, { UPSTREAM: standIn.url, TOKEN_KEYS: tokenKeys }, { app, onStderr, withoutZlib });
  const wire = createWire(process.url);
  return {
    result,
    standIn,
    wire,
    /** Whether it still lives and answers, and what it has seen. */
    async lookBack() {
      result.upstreamRequestCount = standIn.requestCount();
      if (process.ended() !== undefined) return note(result.faults, `the process ended with ${process.ended()}`);
      result.peakMebibytes = process.peakMebibytes();
      const report = await fetch(`${process.url}/`, { headers: { [targetHeader]: reportTarget } });
      const { secretEntries, strayFetches, rejections } = (await report.json()) as AppReport;
      if (secretEntries > 0) note(result.faults, `${secretEntries} entries of the log hold a secret`);
      for (const url of strayFetches) note(result.faults, `global fetch of ${url}`);
      for (const rejection of rejections) note(result.faults, `nobody handled ${rejection}`);
    },
    async close() {
      wire.close();
      await process.close();
      standIn.close();
    },
  };
}

function add(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function note(list: string[], fault: string): void {
  if (list.length < 50) list.push(fault);
}
