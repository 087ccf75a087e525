import type { Dedupe } from './dedupe.ts';
import type { Delivery, WaitUntil } from './deliver.ts';
import type { Metrics } from './metrics.ts';
import type { ProxyConfig } from './options.ts';

/** What the host knows of a request beside the request. */
export interface Sender {
  readonly waitUntil: WaitUntil;
  /** Undefined where nobody knows; false where there is none to count by: `clientAddress`. */
  readonly address: string | false | undefined;
}

/** What an intake is made of. */
export interface IntakeParts {
  readonly config: ProxyConfig;
  readonly dedupe: Dedupe;
  readonly delivery: Delivery;
  readonly metrics: Metrics;
}
