import { environmentOptions } from '../../proxy/environment.ts';
import { createIntakeProxy, type IntakeProxy } from '../../proxy/handler.ts';

/** The intake proxy as a ready Worker, configured by its variables and bindings alone: `main` of the root wrangler.toml. */
const proxy: IntakeProxy = createIntakeProxy((env: Record<string, unknown>) => environmentOptions(env));

export default proxy;
