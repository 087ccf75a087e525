export { DedupeObject } from '../../proxy/dedupe-object.ts';
export { RateLimitObject } from '../../proxy/rate-limit-object.ts';

import { environmentOptions } from '../../proxy/environment.ts';
import { createIntakeProxy, type IntakeProxy } from '../../proxy/handler.ts';
import { createHostInflate } from '../../proxy/host-inflate.ts';
import { builtInZlib } from '../../runtime/built-in-zlib.ts';

/** The intake proxy as a ready Worker, configured by its variables and bindings alone: `main` of the root wrangler.toml. */
const proxy: IntakeProxy = createIntakeProxy(
  (env: Record<string, unknown>) => ({
    ...environmentOptions(env),
    // Set by Cloudflare on every request from outside; a sender cannot. Over a service binding comes a Worker of one's own.
    clientAddress: (request) => request.headers.get('cf-connecting-ip') ?? false,
  }),
  createHostInflate(builtInZlib()),
);

export default proxy;
