// One process of `jobs.ts`: told its range by a message, says how far it is, then what became of it.
import { fuzzProxy } from './fuzz-proxy.ts';
import type { JobOptions } from './jobs.ts';

process.once('message', async (options) => {
  const result = await fuzzProxy({ ...(options as JobOptions), onProgress: (done) => process.send!(done) });
  // Retries of batches whose sender is gone would go on for 25 s.
  process.send!(result, () => process.exit());
});
