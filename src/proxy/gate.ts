import { type LimitKind, type Refused, refused } from './answer.ts';
import type { Sender } from './intake-parts.ts';
import type { AuthGrant, ProxyConfig } from './options.ts';
import { addressKey } from './rate-limit.ts';
import type { RequestCost } from './rate-limit-bucket.ts';
import { readBody } from './read-body.ts';
import { within } from './within.ts';

/**
 * Charges a body that came, with its spans: to the holder of a token that names one, else to the address, and to the token as well. What
 * nobody is charged for by the end is charged to the address.
 */
export type Charge = (grant: AuthGrant, spans: number) => Promise<Refused | undefined>;

/** What every request passes that brings something: how often an address may come, how many bodies are read, how many are worked on. */
export interface Gate {
  /** Charges one request to its address, before anything of the body is read. */
  knock(sender: Sender): Promise<Refused | undefined>;
  /**
   * Reads the body, then works on it as one of `maxInFlight`: a body that is slow to come takes nobody's place. `isAside`: what is no batch
   * has half of the places at most, so that an intake of its own that hangs keeps no spans out.
   */
  withBody<T>(
    request: Request,
    sender: Sender,
    maxBytes: number,
    work: (body: Uint8Array<ArrayBuffer>, charge: Charge) => Promise<T>,
    isAside?: boolean,
  ): Promise<T | Refused>;
}

/** Bodies on their way at once, and what has come of them. */
const maxBodies = 1_000;
const maxBodiesBytes = 67_108_864;
/** Those of one address; less once half of all is taken, so that a few slow senders do not keep the others out. */
const maxBodiesPerAddress = 64;
const maxBodiesWhenCrowded = 8;
const maxBytesPerAddress = 8_388_608;
const maxBytesWhenCrowded = 1_048_576;

/** A limiter of one's own that does not answer lets through: it must not hold a place for ever. */
const limiterMillis = 2_000;

export function createGate(config: ProxyConfig): Gate {
  const { rateLimit, maxInFlight, bodyTimeoutMillis, log } = config;
  const heldByPlace = new Map<string, { bodies: number; bytes: number }>();
  let bodies = 0;
  let bodiesBytes = 0;
  let inFlight = 0;
  let asideInFlight = 0;
  let hasSaid = false;

  const isFull = (isAside: boolean): boolean => inFlight >= maxInFlight || (isAside && asideInFlight >= maxInFlight / 2);

  async function limited(limit: LimitKind, name: string | undefined, cost: RequestCost): Promise<Refused | undefined> {
    const answer = name === undefined ? 0 : (rateLimit?.(`${limit} ${name}`, cost) ?? 0);
    const seconds = typeof answer === 'number' ? answer : await within(answer, limiterMillis, 0);
    return seconds > 0 ? { ...refused('rate_limited', seconds), limit } : undefined;
  }

  async function read(request: Request, { address }: Sender, maxBytes: number, came: (bytes: number) => void): ReturnType<typeof readBody> {
    // A line at home may have 256 networks of 64 bits, and who rents one 65,536.
    const place = address ? addressKey(address, 48) : '';
    const held = heldByPlace.get(place) ?? { bodies: 0, bytes: 0 };
    const isCrowded = bodies >= maxBodies / 2;
    if (bodies >= maxBodies || (address !== false && held.bodies >= (isCrowded ? maxBodiesWhenCrowded : maxBodiesPerAddress)))
      return 'busy';
    heldByPlace.set(place, held);
    held.bodies++;
    bodies++;
    let ownBytes = 0;
    const isRoomFor = (bytes: number): boolean => {
      came(bytes);
      ownBytes += bytes;
      bodiesBytes += bytes;
      held.bytes += bytes;
      // One whole body may always come.
      const most = Math.max(maxBytes, bodiesBytes < maxBodiesBytes / 2 ? maxBytesPerAddress : maxBytesWhenCrowded);
      return bodiesBytes <= maxBodiesBytes && (address === false || held.bytes <= most);
    };
    try {
      return await readBody(request, maxBytes, bodyTimeoutMillis, isRoomFor);
    } finally {
      bodies--;
      bodiesBytes -= ownBytes;
      held.bytes -= ownBytes;
      if (--held.bodies === 0) heldByPlace.delete(place);
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
      return limited('address', limitName(address), { requests: 1, spans: 0, bytes: 0 });
    },
    async withBody(request, sender, maxBytes, work, isAside = false) {
      if (isFull(isAside)) return refused('busy');
      const name = limitName(sender.address);
      let dueBytes = 0;
      const chargeAddress = (): Promise<Refused | undefined> => {
        const bytes = dueBytes;
        dueBytes = 0;
        return limited('address', name, { requests: 0, spans: 0, bytes });
      };
      const charge: Charge = async ({ id, proof }, spans) => {
        if (id === undefined) {
          const ofProof = await limited('proof', proof, { requests: 1, spans, bytes: dueBytes });
          return ofProof ?? (await chargeAddress()) ?? (spans > 0 ? limited('address', name, { requests: 0, spans, bytes: 0 }) : undefined);
        }
        const late = await limited('holder', id, { requests: 1, spans, bytes: dueBytes });
        if (late === undefined) dueBytes = 0;
        return late;
      };
      try {
        const body = await read(request, sender, maxBytes, (bytes) => {
          dueBytes += bytes;
        });
        if (typeof body === 'string') return refused(body);
        if (isFull(isAside)) return refused('busy');
        inFlight++;
        asideInFlight += Number(isAside);
        try {
          return await work(body, charge);
        } finally {
          inFlight--;
          asideInFlight -= Number(isAside);
        }
      } finally {
        if (dueBytes > 0) await chargeAddress();
      }
    },
  };
}

/** Undefined where nothing is counted by address; all senders whose address nobody knows are one. */
function limitName(address: Sender['address']): string | undefined {
  return address === undefined ? 'unknown' : address === false ? undefined : addressKey(address);
}
