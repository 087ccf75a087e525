import { type Refused, refused } from './answer.ts';
import type { Sender } from './intake-parts.ts';
import type { AuthGrant, ProxyConfig } from './options.ts';
import { addressKey } from './rate-limit.ts';
import { readBody } from './read-body.ts';

/** What every request passes that brings something: how often an address may come, how many bodies are read, how many are worked on. */
export interface Gate {
  /** Charges one request to its address, before anything of the body is read. */
  knock(sender: Sender): Promise<Refused | undefined>;
  /** Charges what came: to the holder of a token that names one, else to the address. */
  charge(sender: Sender, grant: AuthGrant, spans: number, bytes: number): Promise<Refused | undefined>;
  /** Reads the body, then works on it as one of `maxInFlight`: a body that is slow to come takes nobody's place. */
  withBody<T>(
    request: Request,
    sender: Sender,
    maxBytes: number,
    work: (body: Uint8Array<ArrayBuffer>) => Promise<T>,
  ): Promise<T | Refused>;
}

/** Bodies on their way at once, and what has come of them. */
const maxBodies = 1_000;
const maxBodiesBytes = 67_108_864;
/** Those of one address; fewer once half of all are taken, so that a few slow senders do not keep the others out. */
const maxBodiesPerAddress = 64;
const maxBodiesWhenCrowded = 8;

export function createGate(config: ProxyConfig): Gate {
  const { rateLimit, maxInFlight, bodyTimeoutMillis, log } = config;
  const bodiesByAddress = new Map<string, number>();
  let bodies = 0;
  let bodiesBytes = 0;
  let inFlight = 0;
  let hasSaid = false;

  async function limited(key: string | undefined, requests: number, spans: number, bytes: number): Promise<Refused | undefined> {
    const seconds = key === undefined ? 0 : ((await rateLimit?.(key, { requests, spans, bytes })) ?? 0);
    return seconds > 0 ? refused('rate_limited', seconds) : undefined;
  }

  async function read(request: Request, { address }: Sender, maxBytes: number): ReturnType<typeof readBody> {
    const key = limitKey(address) ?? '';
    const held = bodiesByAddress.get(key) ?? 0;
    const most = bodies < maxBodies / 2 ? maxBodiesPerAddress : maxBodiesWhenCrowded;
    if (bodies >= maxBodies || (address !== false && held >= most)) return 'busy';
    bodies++;
    bodiesByAddress.set(key, held + 1);
    let ownBytes = 0;
    const isRoomFor = (bytes: number): boolean => {
      ownBytes += bytes;
      bodiesBytes += bytes;
      return bodiesBytes <= maxBodiesBytes;
    };
    try {
      return await readBody(request, maxBytes, bodyTimeoutMillis, isRoomFor);
    } finally {
      bodies--;
      bodiesBytes -= ownBytes;
      const left = bodiesByAddress.get(key)! - 1;
      if (left === 0) bodiesByAddress.delete(key);
      else bodiesByAddress.set(key, left);
    }
  }

  return {
    knock({ address }) {
      if (address === undefined && rateLimit !== undefined && !hasSaid) {
        hasSaid = true;
        log({
          level: 'warn',
          event: 'no_client_address',
          rule: 'all senders share one rate limit until the host or `clientAddress` tells them apart',
        });
      }
      return limited(limitKey(address), 1, 0, 0);
    },
    charge({ address }, { id }, spans, bytes) {
      return id === undefined ? limited(limitKey(address), 0, spans, bytes) : limited(`holder ${id}`, 1, spans, bytes);
    },
    async withBody(request, sender, maxBytes, work) {
      if (inFlight >= maxInFlight) return refused('busy');
      const body = await read(request, sender, maxBytes);
      if (typeof body === 'string') return refused(body);
      if (inFlight >= maxInFlight) return refused('busy');
      inFlight++;
      try {
        return await work(body);
      } finally {
        inFlight--;
      }
    },
  };
}

/** Undefined where nothing is counted by address; all senders whose address nobody knows are one. */
function limitKey(address: Sender['address']): string | undefined {
  return address === false ? undefined : `address ${address === undefined ? 'unknown' : addressKey(address)}`;
}
