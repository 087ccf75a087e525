import type { Forwarded, Refused } from './answer.ts';
import type { Gate } from './gate.ts';
import type { IntakeParts, Sender } from './intake-parts.ts';
import type { SendParts } from './upstream/send-parts.ts';
import type { Outcome } from './upstream/upstream.ts';

/** What a way is given beside the request: `sendParts` knows batches of requests that were taken in part. */
export interface WayParts extends IntakeParts {
  readonly gate: Gate;
  readonly sendParts: SendParts;
}

/** One way in: judges a request by its head, then reads and takes what it brings. What it throws is `internal_error`. */
export type Way = (request: Request, sender: Sender, parts: WayParts) => Promise<Outcome | Refused | Forwarded>;
