// Everything that `npm test` runs, in its order.
import { existsSync } from 'node:fs';
import { type Counts, fromBun, fromDeno, fromNodeTest } from './counts.ts';

export interface Step {
  /** What `npm test -- <word>` chooses by, beside the name. */
  group: 'check' | 'unit' | 'property' | 'runtimes' | 'e2e' | 'dist' | 'size' | 'compat' | 'conformance';
  name: string;
  command: string;
  cwd?: string;
  limitSeconds?: number;
  /** How to read the output; a command without is one check, `vitest` writes its counts itself. */
  counts?: 'vitest' | ((output: string) => Counts);
}

export const vitestCountsFile = '.cache/vitest-counts.json';

const vitest = (args: string): string => `vitest run --reporter=default --reporter=./scripts/vitest-counts.ts ${args}`;
const display = (): string => (existsSync('/usr/bin/xvfb-run') && existsSync('/usr/bin/xauth') ? 'xvfb-run -a ' : '');
const typesOf = ['browser', 'workers', 'node', 'build', 'lean'].map((folder) => `test/types/${folder}`);
const typechecked = ['src/viewer/page', 'test', ...typesOf];
const compat = 'test/compat/api-1.10';

/** Asked for after the browsers are installed, as the commands depend on what is there. */
export const steps = (): Step[] => [
  { group: 'check', name: 'build', command: 'node scripts/build.ts' },
  { group: 'check', name: 'typecheck src', command: 'tsc -p tsconfig.json' },
  ...typechecked.map((folder): Step => ({ group: 'check', name: `typecheck ${folder}`, command: `tsc -p ${folder}` })),
  { group: 'check', name: 'typecheck deno', command: 'deno check --quiet test/types/deno/door.ts' },
  { group: 'check', name: 'lint oxlint', command: 'oxlint --type-aware' },
  { group: 'check', name: 'lint biome', command: 'biome check' },
  { group: 'check', name: 'lint knip', command: 'knip' },
  { group: 'check', name: 'architecture', command: vitest('--project node test/architecture'), counts: 'vitest' },
  { group: 'unit', name: 'unit', command: vitest('--project node test/unit'), counts: 'vitest' },
  { group: 'property', name: 'property', command: vitest('--project node test/property'), counts: 'vitest' },
  {
    group: 'runtimes',
    name: 'contract',
    command: `${display()}${vitest('--project !dist --project !e2e test/contract test/runtimes')}`,
    counts: 'vitest',
  },
  { group: 'runtimes', name: 'deno', command: 'deno test -A --quiet test/contract/deno.test.ts', counts: fromDeno },
  // After `npm ci --ignore-scripts` Bun's binary is not in place yet.
  {
    group: 'runtimes',
    name: 'bun',
    command: 'bun --revision >/dev/null 2>&1 || node node_modules/bun/install.js; bun test ./test/contract/bun.test.ts',
    counts: fromBun,
  },
  { group: 'e2e', name: 'e2e', command: vitest('--project e2e'), counts: 'vitest', limitSeconds: 600 },
  { group: 'dist', name: 'dist', command: vitest('--project dist test/dist --exclude test/dist/size.test.ts'), counts: 'vitest' },
  { group: 'dist', name: 'publint', command: 'publint dist --strict' },
  { group: 'dist', name: 'attw', command: 'attw --pack dist --profile esm-only --format table-flipped --no-emoji' },
  { group: 'dist', name: 'jsr', command: 'deno publish --dry-run --allow-dirty --quiet' },
  { group: 'dist', name: 'wrangler', command: 'wrangler deploy --dry-run --outdir .cache/worker' },
  { group: 'size', name: 'size', command: vitest('--project dist test/dist/size.test.ts'), counts: 'vitest' },
  { group: 'compat', name: 'compat api 1.9', command: vitest('--project dist test/compat'), counts: 'vitest' },
  { group: 'compat', name: 'compat api 1.10 install', command: 'npm ci --no-audit --no-fund', cwd: compat },
  { group: 'compat', name: 'compat api 1.10', command: 'node --test --test-timeout=60000', cwd: compat, counts: fromNodeTest },
  { group: 'conformance', name: 'conformance', command: vitest('--project node test/conformance'), counts: 'vitest' },
];
