import type { Forwarded, Refused } from './answer.ts';
import type { Gate } from './gate.ts';
import type { IntakeParts, Sender } from './intake-parts.ts';
import type { Outcome } from './upstream/upstream.ts';

/** One way in: judges a request by its head, then reads and takes what it brings. What it throws is `internal_error`. */
export type Way = (
  request: Request,
  sender: Sender,
  parts: IntakeParts & { readonly gate: Gate },
) => Promise<Outcome | Refused | Forwarded>;
