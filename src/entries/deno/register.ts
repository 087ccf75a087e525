import { register } from '../deno.ts';

// The one door with an effect at import: `deno run --preload npm:edgespan/deno/register main.ts`.
register();
