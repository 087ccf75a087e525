// Stands in for an Agent in a process of its own: takes everything, says nothing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
  incoming.resume();
  incoming.on('end', () => outgoing.end('{"rate_by_service":{}}'));
}).listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
