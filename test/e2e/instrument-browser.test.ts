import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { browsers } from '../runtimes/browsers.ts';
import { launch } from '../runtimes/launch.ts';
import type { Lab, SpanReport } from './instrument/page.ts';

declare const lab: Lab;

interface Seen {
  method: string;
  path: string;
  body: string;
  headers: IncomingHttpHeaders;
}

const pageSpan = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const answerSpan = { traceId: '0af7651916cd43dd8448eb211c80319d', spanId: 'b7ad6b7169203332' };
const timing = ({ traceId, spanId }: typeof pageSpan): string => `db;dur=5, traceparent;desc="00-${traceId}-${spanId}-01"`;

let script: string;
let own: { server: Server; origin: string; seen: Seen[] };
let other: { server: Server; origin: string; seen: Seen[] };

async function serve(isOther: boolean): Promise<typeof own> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const path = request.url!;
    if (path === '/script.js') return void response.setHeader('content-type', 'text/javascript').end(script);
    if (path === '/picture.svg')
      return void response.setHeader('content-type', 'image/svg+xml').end('<svg xmlns="http://www.w3.org/2000/svg"/>');
    if (path.startsWith('/page')) {
      response.setHeader('content-type', 'text/html').setHeader('server-timing', timing(pageSpan));
      return void response.end(
        '<!doctype html><title>t</title><img src="/picture.svg" alt=""><script type="module" src="/script.js"></script>',
      );
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (path.startsWith('/favicon')) return void response.end();
      if (isOther) {
        response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*');
        response.setHeader('access-control-allow-methods', '*');
      }
      // Given up by its sender, it may be read during the next test: nobody asks for it.
      if (path.includes('never')) return;
      seen.push({ method: request.method!, path, body, headers: request.headers });
      response.setHeader('server-timing', timing(answerSpan));
      response.statusCode = path.includes('missing') ? 404 : 200;
      if (!path.includes('slow')) return void response.end(body || 'ok');
      response.write('first');
      setTimeout(() => response.end('second'), 300);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, seen, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('instrument/page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  script = outputFiles[0]!.text;
  own = await serve(false);
  other = await serve(true);
});

afterAll(() => {
  for (const { server } of [own, other]) {
    server.closeAllConnections();
    server.close();
  }
});

for (const name of ['chromium', 'firefox'] as const) {
  describe.skipIf(browsers()[name] === undefined)(name, () => {
    let browser: Browser;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      browser = await launch(name);
      page = await browser.newPage();
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
    });
    afterAll(() => browser?.close());
    beforeEach(() => {
      own.seen.length = 0;
      other.seen.length = 0;
      complaints = [];
    });

    const take = (): Promise<SpanReport[]> => page.evaluate(() => lab.take());
    const traceparentOf = ({ traceId, spanId }: SpanReport): string => `00-${traceId}-${spanId}-01`;

    test('document load: a root with the browser’s milestones, linked to the server’s span, and the fetch of the document', async () => {
      await page.goto(`${own.origin}/page/7?token=secret`);
      // They are made a task after the page's `load`.
      const spans: SpanReport[] = [];
      await expect.poll(async () => spans.push(...(await take())), { timeout: 30_000 }).toBeGreaterThan(0);
      const [root] = spans.filter(({ name: own }) => own === 'documentLoad');
      const userAgent = await page.evaluate(() => navigator.userAgent);
      expect(root).toMatchObject({
        kind: SpanKind.INTERNAL,
        attributes: { 'url.full': `${own.origin}/page/7`, 'user_agent.original': userAgent },
        links: [pageSpan.spanId],
        events: expect.arrayContaining(['domInteractive', 'domContentLoadedEventStart', 'domComplete', 'loadEventStart']),
      });
      expect(root!.parentId).toBeUndefined();
      const [fetched] = spans.filter(({ name: own }) => own === 'documentFetch');
      expect(fetched).toMatchObject({
        kind: SpanKind.CLIENT,
        parentId: root!.spanId,
        traceId: root!.traceId,
        attributes: { 'http.request.method': 'GET', 'url.full': `${own.origin}/page/7`, 'http.response.status_code': 200 },
        events: expect.arrayContaining(['requestStart', 'responseStart', 'responseEnd']),
      });
      expect(root!.durationMillis).toBeGreaterThanOrEqual(fetched!.durationMillis);
      const resources = spans.filter(({ name: own }) => own === 'resourceFetch').map(({ attributes }) => attributes['url.full']);
      expect(new Set(resources)).toEqual(new Set([`${own.origin}/picture.svg`, `${own.origin}/script.js`]));
      expect(JSON.stringify(spans)).not.toContain('secret');
    });

    test('headers go to the own origin without preflight, elsewhere only where allowed', async () => {
      await page.evaluate(async (elsewhere) => {
        lab.enable({ allowedTracingUrls: [`${elsewhere}/allowed`, { match: /\/own-style/, propagators: [lab.xTrace()] }] });
        await fetch('/api/relative?secret=1');
        await fetch(`${elsewhere}/plain`);
        await fetch(`${elsewhere}/allowed/7`);
        await fetch(`${elsewhere}/own-style`);
      }, other.origin);
      const spans = await take();
      expect(spans.map(({ name: own }) => own)).toEqual(['GET /api/relative', 'GET /plain', 'GET /allowed/?', 'GET /own-style']);
      expect(own.seen.map(({ method, headers }) => [method, headers['traceparent']])).toEqual([['GET', traceparentOf(spans[0]!)]]);
      expect(other.seen.map(({ method, path, headers }) => [method, path, headers['traceparent'], headers['x-trace']])).toEqual([
        ['GET', '/plain', undefined, undefined],
        ['OPTIONS', '/allowed/7', undefined, undefined],
        ['GET', '/allowed/7', traceparentOf(spans[2]!), undefined],
        ['OPTIONS', '/own-style', undefined, undefined],
        ['GET', '/own-style', undefined, traceparentOf(spans[3]!)],
      ]);
      // Linked where the answer's header may be read.
      expect(spans.map(({ links }) => links)).toEqual([[answerSpan.spanId], [], [], []]);
      expect(complaints).toEqual([]);
    });

    test('fetch: a Request keeps what it carries, can be used again, and the span stands below the active one', async () => {
      const { parentId, used, referrers } = await page.evaluate(async () => {
        lab.enable();
        const request = new Request('/api/request', {
          method: 'POST',
          body: 'payload',
          headers: { 'x-own': '1' },
          referrerPolicy: 'no-referrer',
        });
        const first = lab.inSpan(() => fetch(request.clone()));
        await (await first.result).text();
        await (await fetch(request)).text();
        await (
          await fetch('/api/init', { method: 'POST', body: new Blob(['blob']), headers: [['x-own', '2']], credentials: 'omit' })
        ).text();
        await (await fetch('/api/like', new Request('/', { method: 'DELETE', headers: { 'x-own': '3' } }))).text();
        return { parentId: first.spanId, used: request.bodyUsed, referrers: [request.headers.has('traceparent'), request.referrerPolicy] };
      });
      const spans = await take();
      expect(
        own.seen.map(({ method, body, headers }) => [
          method,
          body,
          headers['x-own'],
          headers['traceparent'],
          headers.referer !== undefined,
        ]),
      ).toEqual([
        ['POST', 'payload', '1', traceparentOf(spans[0]!), false],
        ['POST', 'payload', '1', traceparentOf(spans[1]!), false],
        ['POST', 'blob', '2', traceparentOf(spans[2]!), true],
        ['DELETE', '', '3', traceparentOf(spans[3]!), true],
      ]);
      expect([spans[0]!.parentId, spans[1]!.parentId]).toEqual([parentId, undefined]);
      expect({ used, referrers }).toEqual({ used: true, referrers: [false, 'no-referrer'] });
    });

    test('fetch: ends at the headers, streams on; abort, refusal and 404', async () => {
      const [early, text, ...errors] = await page.evaluate(async (elsewhere) => {
        lab.enable();
        const response = await fetch('/api/slow');
        const early = lab.take().length;
        const text = await response.text();
        const abort = new AbortController();
        const aborted = fetch('/api/never', { signal: abort.signal }).catch((error: Error) => error.name);
        setTimeout(() => abort.abort(), 50);
        const refused = fetch(`${elsewhere.replace(/\d+$/, '1')}/refused`).catch((error: Error) => error.name);
        const mode = fetch(`${elsewhere}/opaque`, { mode: 'no-cors' }).then(({ type }) => type);
        const missing = fetch('/api/missing').then(({ status }) => status);
        const invalid = fetch('http://').catch((error: Error) => error.name);
        return [early, text, await aborted, await refused, await mode, await missing, await invalid];
      }, other.origin);
      expect([early, text, ...errors]).toEqual([1, 'firstsecond', 'AbortError', 'TypeError', 'opaque', 404, 'TypeError']);
      const spans = await take();
      expect(
        Object.fromEntries(
          spans.map((span) => [
            span.name,
            [span.code, span.attributes['error.type'], span.attributes['http.response.status_code'], span.events],
          ]),
        ),
      ).toEqual({
        'GET /api/never': [SpanStatusCode.UNSET, 'AbortError', undefined, []],
        'GET /refused': [SpanStatusCode.ERROR, 'TypeError', undefined, ['exception']],
        'GET /opaque': [SpanStatusCode.UNSET, undefined, undefined, []],
        'GET /api/missing': [SpanStatusCode.ERROR, '404', 404, []],
      });
    });

    test('XHR: load, 404, abort, time-out, refusal, opened anew, synchronous', async () => {
      const results = await page.evaluate(async (elsewhere) => {
        lab.enable();
        const run = (path: string, prepare: (xhr: XMLHttpRequest) => void = () => {}, xhr = new XMLHttpRequest()): Promise<string> =>
          new Promise((resolve) => {
            xhr.open('post', path);
            for (const type of ['load', 'error', 'abort', 'timeout'] as const)
              xhr[`on${type}`] = () => resolve(`${type} ${xhr.status} ${xhr.responseText}`);
            xhr.setRequestHeader('content-type', 'text/plain');
            xhr.send('body');
            prepare(xhr);
          });
        const reused = new XMLHttpRequest();
        void run('/api/never/dropped', () => {}, reused);
        const results = [
          await run('/api/xhr', () => {}, reused),
          await run('/api/missing', () => {}, reused),
          await run('/api/never/abort', (xhr) => setTimeout(() => xhr.abort(), 30)),
          await run('/api/never/timeout', (xhr) => {
            xhr.timeout = 50;
          }),
          await run(`${elsewhere.replace(/\d+$/, '1')}/refused`),
          await run(`${elsewhere}/plain`),
        ];
        const synchronous = new XMLHttpRequest();
        synchronous.open('GET', '/api/sync', false);
        synchronous.send();
        results.push(synchronous.responseText);
        synchronous.open('GET', `${elsewhere.replace(/\d+$/, '1')}/sync-refused`, false);
        try {
          synchronous.send();
        } catch (error) {
          results.push((error as Error).name);
        }
        try {
          new XMLHttpRequest().send();
        } catch (error) {
          results.push((error as Error).name);
        }
        return results;
      }, other.origin);
      expect(results).toEqual([
        'load 200 body',
        'load 404 body',
        'abort 0 ',
        'timeout 0 ',
        'error 0 ',
        'load 200 body',
        'ok',
        'NetworkError',
        'InvalidStateError',
      ]);
      const spans = await take();
      expect(
        spans.map((span) => [
          span.name,
          span.code,
          span.attributes['error.type'],
          span.attributes['http.response.status_code'],
          span.links,
        ]),
      ).toEqual([
        ['POST /api/never/dropped', SpanStatusCode.UNSET, 'abort', undefined, []],
        ['POST /api/xhr', SpanStatusCode.UNSET, undefined, 200, [answerSpan.spanId]],
        ['POST /api/missing', SpanStatusCode.ERROR, '404', 404, [answerSpan.spanId]],
        ['POST /api/never/abort', SpanStatusCode.UNSET, 'abort', undefined, []],
        ['POST /api/never/timeout', SpanStatusCode.ERROR, 'timeout', undefined, []],
        ['POST /refused', SpanStatusCode.ERROR, 'error', undefined, []],
        ['POST /plain', SpanStatusCode.UNSET, undefined, 200, []],
        ['GET /api/sync', SpanStatusCode.UNSET, undefined, 200, [answerSpan.spanId]],
        ['GET /sync-refused', SpanStatusCode.ERROR, 'NetworkError', undefined, []],
      ]);
      const ofXhr = own.seen.filter(({ path }) => path === '/api/xhr');
      expect(ofXhr).toMatchObject([{ method: 'POST', body: 'body', headers: { traceparent: traceparentOf(spans[1]!) } }]);
      // No preflight, and no complaint about headers that CORS hides.
      expect(other.seen.map(({ method, headers }) => [method, headers['traceparent']])).toEqual([['POST', undefined]]);
      expect(complaints.filter((text) => /unsafe header|refused to get/i.test(text))).toEqual([]);
    });

    test('Datadog RUM owns the URLs it traces: a span, no headers', async () => {
      await page.evaluate(async () => {
        const rum = {
          getInitConfiguration: () => ({ allowedTracingUrls: [`${location.origin}/api/r`, { match: /\/xhr$/, propagatorTypes: [] }] }),
        };
        Object.assign(globalThis, { DD_RUM: rum });
        lab.enable();
        await fetch('/api/rum');
        await fetch('/api/ours');
        const xhr = new XMLHttpRequest();
        xhr.open('GET', '/api/xhr', false);
        xhr.send();
        rum.getInitConfiguration = () => {
          throw new Error('RUM');
        };
        await fetch('/api/broken');
        Reflect.deleteProperty(globalThis, 'DD_RUM');
      });
      expect((await take()).map(({ name: own }) => own)).toEqual(['GET /api/rum', 'GET /api/ours', 'GET /api/xhr', 'GET /api/broken']);
      expect(own.seen.map(({ path, headers }) => [path, headers['traceparent'] !== undefined])).toEqual([
        ['/api/rum', false],
        ['/api/ours', true],
        ['/api/xhr', false],
        ['/api/broken', false],
      ]);
    });

    test('relative URLs stand on the document’s base', async () => {
      await page.evaluate(async () => {
        lab.enable();
        document.head.insertAdjacentHTML('afterbegin', '<base href="/api/base/">');
        await fetch('relative');
        document.querySelector('base')!.remove();
      });
      expect((await take()).map(({ name: own }) => own)).toEqual(['GET /api/base/relative']);
    });

    test('undone, nothing is left behind', async () => {
      const state = await page.evaluate(async () => {
        lab.enable();
        const patched = [String(fetch), fetch.name, fetch.length, String(XMLHttpRequest.prototype.send), 'fetch' in window];
        const { __original } = fetch as unknown as { __original: unknown };
        lab.disable();
        const native = [String(fetch), fetch.name, fetch.length, String(XMLHttpRequest.prototype.send), 'fetch' in window];
        await fetch('/api/undone');
        return { patched, native, isBack: fetch === __original };
      });
      expect(state.patched).toEqual(state.native);
      expect(state.isBack).toBe(true);
      expect(await take()).toEqual([]);
    });

    test('a web worker', async () => {
      const spans = await page.evaluate(
        () =>
          new Promise<SpanReport[]>((resolve) =>
            new Worker('/script.js', { type: 'module' }).addEventListener('message', ({ data }) => resolve(data)),
          ),
      );
      expect(spans).toMatchObject([
        { name: 'GET /api/worker', attributes: { 'http.response.status_code': 200 }, links: [answerSpan.spanId] },
      ]);
      expect(own.seen).toMatchObject([{ headers: { traceparent: traceparentOf(spans[0]!) } }]);
    });
  });
}
