import { environmentOptions } from '../../proxy/environment.ts';
import { createIntakeProxy } from '../../proxy/handler.ts';

const proxy = createIntakeProxy((env: Record<string, unknown>) => environmentOptions(env));

/** The intake proxy as a ready Worker, configured by its variables and bindings alone: `main` of the root wrangler.toml. */
const worker: { fetch: typeof proxy.fetch } = { fetch: proxy.fetch };

export default worker;
