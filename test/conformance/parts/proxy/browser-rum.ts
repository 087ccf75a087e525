import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { inflateSync } from 'node:zlib';
import { chromium, type Page } from 'playwright';
import { browserSdkForward, consoleUpstream, createIntakeProxy, toNodeHandler } from '../../../../src/entries/proxy.ts';
import { browsers } from '../../../runtimes/browsers.ts';
import { bundleRum, listen, type Request, type Server, startServer } from '../../browser-rum-page.ts';
import { until } from '../../children.ts';
import type { Part } from '../../parts.ts';
import type { Tally } from '../../tally.ts';

const clientToken = `pub${'0123456789abcdef'.repeat(2)}`;
const allowed = ['/api/v2/rum', '/api/v2/replay'];

interface Way {
  readonly name: string;
  readonly isSameOrigin: boolean;
  readonly options: object;
}

const ways: readonly Way[] = [
  { name: 'the page’s own origin', isSameOrigin: true, options: { sessionReplaySampleRate: 0 } },
  {
    name: 'another origin, replay, compressed',
    isSameOrigin: false,
    options: { sessionReplaySampleRate: 100, compressIntakeRequests: true },
  },
];

/**
 * Datadog's RUM SDK from npm in Chromium, sending to our proxy: what it made reaches the intake byte by byte, under the addresses it
 * named; cookies and headers of the page do not; and what it would not send goes nowhere. Redaction has no part in it.
 */
export const browserRumBehindProxy: Part = async ({ tally, peers }) => {
  if (peers.missing !== undefined) return tally.skip('Datadog’s RUM SDK behind the proxy', peers.missing);
  const executablePath = browsers().chromium;
  if (executablePath === undefined) return tally.skip('Datadog’s RUM SDK behind the proxy', 'there is no Chromium');
  const script = await bundleRum(peers.path);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const way of ways) await forward(tally, way, script, () => browser.newPage());
  } finally {
    await browser.close();
  }
};

async function forward(tally: Tally, { name, isSameOrigin, options }: Way, script: string, newPage: () => Promise<Page>): Promise<void> {
  const label = `RUM SDK, ${name}`;
  const intake = await startServer(() => ({ status: 202 }));
  const site = await startSite(intake, script);
  const elsewhere = await listen(createServer(site.handler));
  try {
    const proxyUrl = `${isSameOrigin ? site.origin : elsewhere.origin}/t`;
    const asked: string[] = [];
    const answered: number[] = [];
    const page = await newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('response', (response) => response.url().includes('ddforward=') && answered.push(response.status()));
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`${site.origin}/`);
    await page.evaluate(playRum, { ...options, clientToken, proxy: proxyUrl, applicationId: '00000000-0000-4000-8000-000000000001' });
    const got: Request[] = [];
    const collect = async (what: string, isThere: () => boolean): Promise<void> => {
      await until(what, async () => {
        got.push(...intake.take());
        return isThere() || undefined;
      });
    };
    // a segment of a replay takes five seconds
    await collect('requests of the open page', () => (isSameOrigin ? got.length > 0 : got.some(isReplay)));
    const whileOpen = got.length;
    await page.goto('about:blank');
    await collect('requests of the page that ends', () => got.length > whileOpen);
    await new Promise((resolve) => setTimeout(resolve, 500));
    got.push(...intake.take());
    const sent = site.forwarded();
    const sentOf = ({ url }: Request): Request =>
      sent.find((one) => paramsOf(one).get('dd-request-id') === url.searchParams.get('dd-request-id'))!;

    await tally.check(`${label}: every request reached the intake once, byte by byte`, () => {
      assert.equal(got.length, sent.length);
      for (const request of got) {
        assert(sentOf(request), 'no such request came from the page');
        assert(request.body.length > 0);
        assert(request.body.equals(sentOf(request).body), 'the body changed');
      }
    });
    await tally.check(`${label}: at the paths of the SDK, with all of its parameters`, () => {
      for (const request of got) {
        assert(allowed.includes(request.url.pathname), request.url.pathname);
        assert.equal(request.url.pathname, pathOf(sentOf(request)));
        assert.deepEqual([...request.url.searchParams].sort(), [...paramsOf(sentOf(request))].sort());
      }
    });
    await tally.check(`${label}: cookies and headers of the page stay behind`, () => {
      if (isSameOrigin) assert(sent.every(({ headers }) => headers.cookie?.includes('secret=canary')));
      for (const request of got) {
        const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
        assert(!JSON.stringify(headers).includes('canary'));
        for (const kept of ['cookie', 'origin', 'referer', 'authorization']) assert.equal(headers[kept], undefined, kept);
        assert(!headers['user-agent']?.includes('Chrome'), headers['user-agent']);
        assert.equal(headers['content-type']?.split(';')[0], sentOf(request).headers['content-type']?.split(';')[0] ?? 'text/plain');
        assert.equal(headers['x-forwarded-for'], '127.0.0.1');
      }
    });
    await tally.check(`${label}: the intake can read views and actions${isSameOrigin ? '' : ', and a replay'}`, () => {
      const text = got
        .filter((request) => !isReplay(request))
        .map(textOf)
        .join('\n');
      const types = new Set(text.split('\n').map((line) => (JSON.parse(line) as { type: string }).type));
      assert(types.has('view') && types.has('action'), [...types].join());
      if (isSameOrigin) assert(text.includes('ü🍣'), 'the last action of the page is not there');
      for (const request of got.filter(isReplay)) assert.match(request.headers['content-type']!, /^multipart\/form-data; ?boundary=/);
    });
    await tally.check(`${label}: the SDK was told 202, nothing went elsewhere, the page had no errors`, () => {
      assert(answered.length > 0 && answered.every((status) => status === 202), answered.join());
      assert.deepEqual(
        asked.filter((url) => !/^(about|blob|data):/.test(url) && ![site.origin, elsewhere.origin].includes(new URL(url).origin)),
        [],
      );
      assert.deepEqual(problems, []);
    });
    await tally.check(`${label}: another path, another token and another page go nowhere`, async () => {
      const query = `?ddsource=browser&dd-api-key=${clientToken}`;
      const post = async (ddforward: string, origin: string): Promise<number> =>
        (await fetch(`${proxyUrl}?ddforward=${encodeURIComponent(ddforward)}`, { method: 'POST', headers: { origin }, body: 'x' })).status;
      assert.deepEqual(
        [
          await post(`/api/v2/spans${query}`, site.origin),
          await post(`//evil.example/api/v2/rum${query}`, site.origin),
          await post(`/api/v2/rum?dd-api-key=pub${'f'.repeat(32)}`, site.origin),
          await post(`/api/v2/rum${query}`, 'https://evil.example'),
          await post(`/api/v2/rum${query}`, site.origin),
        ],
        [403, 403, 403, 403, 202],
      );
      assert.deepEqual(
        intake.take().map(({ url }) => url.pathname),
        ['/api/v2/rum'],
      );
    });
    tally.note(
      `${got.length} requests: ${[...new Set(got.map(({ url, headers }) => `${url.pathname} ${headers['content-type']?.split(';')[0]}`))].join(', ')}`,
    );
    await page.close();
  } finally {
    await Promise.all([site.close(), elsewhere.close(), intake.close()]);
  }
}

/** A site with the page and the proxy at `/t`, and what came to that. */
async function startSite(
  intake: Server,
  script: string,
): Promise<{ origin: string; handler: ReturnType<typeof toNodeHandler>; forwarded(): Request[]; close(): Promise<void> }> {
  const forwarded: Request[] = [];
  let handler: ReturnType<typeof toNodeHandler> = () => {};
  const server = await listen(createServer((incoming, outgoing) => handler(incoming, outgoing)));
  const proxy = createIntakeProxy({
    upstream: consoleUpstream(),
    allowOrigins: [server.origin],
    auth: 'none',
    browserSdk: browserSdkForward({ clientTokens: [clientToken], url: intake.origin }),
    log: () => {},
  });
  handler = toNodeHandler(async (request, env, ctx) => {
    const url = new URL(request.url);
    if (url.pathname === '/') return new Response(html, { headers: { 'content-type': 'text/html', 'set-cookie': 'secret=canary' } });
    if (url.pathname === '/rum.js') return new Response(script, { headers: { 'content-type': 'text/javascript' } });
    if (request.method === 'POST' && request.headers.get('user-agent')?.includes('Chrome')) {
      forwarded.push({ url, headers: Object.fromEntries(request.headers), body: Buffer.from(await request.clone().arrayBuffer()) });
    }
    return proxy.fetch(request, env, ctx);
  });
  return { ...server, handler, forwarded: () => forwarded };
}

const html = `<!doctype html><title>shop</title><link rel="icon" href="data:,"><script src="/rum.js"></script><button>pay</button>`;

/** In the page: enough for a request at once, and something that is left for the end. */
async function playRum(options: object): Promise<void> {
  const { rum } = window as unknown as { rum: { init(options: object): void; addAction(name: string, context: object): void } };
  rum.init({
    site: 'datadoghq.com',
    service: 'shop-web',
    env: 'conformance',
    sessionSampleRate: 100,
    trackUserInteractions: true,
    ...options,
  });
  const noise = (): string => Array.from(crypto.getRandomValues(new Uint8Array(4_000)), (byte) => byte.toString(36)).join('');
  for (let index = 0; index < 20; index++) rum.addAction(`action ${index}`, { noise: noise() });
  document.querySelector('button')!.click();
  await new Promise((resolve) => setTimeout(resolve, 500));
  rum.addAction('the last one', { text: 'ü🍣' });
}

const isReplay = ({ url }: Request): boolean => url.pathname === '/api/v2/replay';
const targetOf = ({ url }: Request): URL => new URL(url.searchParams.get('ddforward')!, 'http://intake');
const pathOf = (request: Request): string => targetOf(request).pathname;
const paramsOf = (request: Request): URLSearchParams => targetOf(request).searchParams;
const textOf = ({ url, body }: Request): string =>
  (url.searchParams.get('dd-evp-encoding') === 'deflate' ? inflateSync(body) : body).toString();
