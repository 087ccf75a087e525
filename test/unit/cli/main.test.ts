import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { batch } from '../proxy/upstream/served.ts';
import { keptShell } from './shells.ts';

const texts = {
  senderLines: (address: string): [string, string][] => [['anything', `send to ${address}`]],
  proxyHelp: 'HELP',
  propagatorNames: ['tracecontext', 'b3'],
  propagatorHeaders: (name: string) => ({ tracecontext: ['traceparent', 'tracestate'], b3: ['b3'] })[name],
  pagePropagators: ['tracecontext'],
  propagatorVariables: ['DD_TRACE_PROPAGATION_STYLE'],
};
const run = (args: string[], shell = keptShell()) => main(args, texts, shell);
const envelope = (): Uint8Array<ArrayBuffer> => {
  const { line, payload } = batch();
  return Uint8Array.from([...new TextEncoder().encode(formatEnvelopeLine(line)), ...payload]);
};

test('help and version are 0, wrong usage is 2 and says why', async () => {
  for (const args of [['--help'], ['dev', '--help'], ['proxy', '--help'], ['doctor', '--help'], ['--version']]) {
    const shell = keptShell();
    expect(await run(args, shell), args.join(' ')).toBe(0);
    expect(shell.lines.join('\n').length).toBeGreaterThan(4);
  }
  for (const args of [['nope'], ['dev', '--port', '65536'], ['dev', '--port', 'x'], ['--nope'], ['doctor', 'a', 'b']]) {
    const shell = keptShell();
    expect(await run(args, shell), args.join(' ')).toBe(2);
    expect(shell.errors.join()).toContain('error');
  }
});

test('dev serves intake and page on one port, prints what to paste, ends when told to', async () => {
  const shell = keptShell();
  const code = run(['dev', '--port', '0'], shell);
  const intake = await shell.printed('intake ');
  const page = await shell.printed('viewer ');
  expect(await shell.printed('  anything')).toBe(`send to ${page.slice(0, -1)}`);
  expect((await fetch(page)).headers.get('content-type')).toContain('html');
  expect((await fetch(intake, { method: 'POST', body: envelope() })).status).toBe(202);
  expect(await (await fetch(new URL('/api/traces', page))).json()).toMatchObject([{ spans: 1 }]);
  shell.stop();
  expect(await code).toBe(0);
  await expect(fetch(page)).rejects.toThrow();
});

test('proxy is configured by the environment, hands on to a viewer, ends when told to', async () => {
  const desk = keptShell();
  const desking = run(['dev', '--port', '0'], desk);
  const viewer = (await desk.printed('viewer ')).slice(0, -1);
  const shell = keptShell({
    EDGESPAN_UPSTREAM: 'viewer',
    EDGESPAN_VIEWER_URL: viewer,
    EDGESPAN_ALLOW_ORIGINS: 'https://shop.example',
    EDGESPAN_AUTH: 'none',
    PORT: '0',
  });
  const code = run(['proxy'], shell);
  const intake = await shell.printed('intake ');
  const send = (origin: string) => fetch(intake, { method: 'POST', body: envelope(), headers: { Origin: origin } });
  expect((await send('https://shop.example')).status).toBe(202);
  expect((await send('https://evil.example')).status).toBe(403);
  expect(await (await fetch(`${viewer}/api/traces`)).json()).toMatchObject([{ spans: 1 }]);
  shell.stop();
  desk.stop();
  expect([await code, await desking]).toEqual([0, 0]);
});

test('proxy that would stay closed does not start, and names the variable', async () => {
  const shell = keptShell({ EDGESPAN_UPSTREAM: 'console' });
  expect(await run(['proxy'], shell)).toBe(2);
  expect(shell.errors.join()).toContain('EDGESPAN_ALLOW_ORIGINS');
  const other = keptShell();
  expect(await run(['proxy'], other)).toBe(2);
  expect(other.errors.join()).toContain('EDGESPAN_UPSTREAM must name');
});

test('a PORT that is none is said, and an option stands before it', async () => {
  for (const PORT of ['abc', '99999', '-1', '80.5']) {
    const shell = keptShell({ EDGESPAN_UPSTREAM: 'console', PORT });
    expect(await run(['proxy'], shell), PORT).toBe(2);
    expect(shell.errors.join()).toContain(`PORT must be a whole number within 0..65535: current value is ${PORT}`);
    const other = keptShell({ EDGESPAN_UPSTREAM: 'console', PORT });
    expect(await run(['proxy', '--port', '0'], other)).toBe(2);
    expect(other.errors.join()).toContain('EDGESPAN_ALLOW_ORIGINS');
  }
});

test('a port that is taken is said with what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const shell = keptShell();
  expect(await run(['dev', '--port', `${port}`], shell)).toBe(2);
  expect(shell.errors.join()).toContain(`port ${port} is in use: stop what listens there, or give another --port`);
  server.close();
});

test('doctor says which headers APIs of other origins must allow: as told, else as a variable says, else as in a page', async () => {
  const said = async (args: string[], env: Record<string, string> = {}) => {
    const shell = keptShell(env);
    await run(['doctor', ...args], shell);
    return shell.lines.slice(-2).join('\n');
  };
  const style = { DD_TRACE_PROPAGATION_STYLE: 'b3,moon' };
  expect(await said(['--propagators', 'tracecontext,b3'], style)).toMatch(
    /\(--propagators\):\n +Access-Control-Allow-Headers: traceparent, tracestate, b3$/,
  );
  expect(await said([], style)).toMatch(/b3, moon \(DD_TRACE_PROPAGATION_STYLE\):\n +Access-Control-Allow-Headers: b3$/);
  expect(await said([])).toMatch(/tracecontext \(the default of pages\):\n +Access-Control-Allow-Headers: traceparent, tracestate$/);
  const other = keptShell();
  expect(await run(['doctor', '--propagators', 'moon'], other)).toBe(2);
  expect(other.errors.join()).toContain('each must be one of tracecontext, b3: current value is moon');
});

test('no user, password or query of a URL is printed', async () => {
  for (const url of ['http://user:hunter2@127.0.0.1:1/t', 'http://127.0.0.1:1/t?key=hunter2', 'ftp://user:hunter2@x/', 'hunter2']) {
    const shell = keptShell();
    expect(await run(['doctor', url], shell), url).toBe(1);
    expect([...shell.lines, ...shell.errors].join('\n'), url).not.toContain('hunter2');
  }
  const shell = keptShell({
    EDGESPAN_UPSTREAM: 'console',
    EDGESPAN_AUTH: 'none',
    EDGESPAN_ALLOW_ORIGINS: 'https://user:hunter2@shop.example',
  });
  expect(await run(['proxy'], shell)).toBe(2);
  expect(shell.errors.join()).toContain('exact origins');
  expect(shell.errors.join()).not.toContain('hunter2');
});
