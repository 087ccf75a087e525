import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOf, faultsOf } from './stand-in.ts';

/** An upstream of its own for the proxies of one runtime: judges what reaches it, and answers by the plan in the path. */
export interface StandIn {
  readonly url: string;
  requestCount(): number;
  /** What may not have reached it; emptied by who reads it. */
  takeFaults(): string[];
  close(): void;
}

/** What hosts add of themselves, to every request that they send. */
const hostHeaders =
  /^(host|connection|user-agent|accept|accept-encoding|accept-language|content-length|transfer-encoding|sec-fetch-mode|cache-control|pragma|priority)$/;

export async function createStandIn(): Promise<StandIn> {
  let faults: string[] = [];
  let requestCount = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      requestCount++;
      const [, plan = '', redirect, address = ''] = (incoming.url ?? '').split('/');
      const url = decodeURIComponent(address);
      const headers = new Headers();
      for (const [name, value] of Object.entries(incoming.headers)) {
        // A host knows the address of the page, and the Browser SDK's intake is told it.
        const isAddress = name === 'x-forwarded-for' && /^(::ffff:)?127\.0\.0\.1$/.test(String(value));
        if (!hostHeaders.test(name) && !isAddress) headers.set(name, String(value));
      }
      if (/^\d+-\d+$/.test(plan)) faults.push(...faultsOf({ url, headers, body: new Uint8Array(Buffer.concat(parts)), redirect }));
      else faults.push(`${incoming.method} ${incoming.url}`);
      const answer = answerOf(url, plan);
      if (answer === 'gone') return void incoming.socket.destroy();
      outgoing.writeHead(answer.status, answer.headers);
      outgoing.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestCount: () => requestCount,
    takeFaults() {
      const taken = faults;
      faults = [];
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
