// npm run bench -- encode: CPU time from finished spans to bytes, against the limit: `JSON.stringify` of ready objects, 50 a piece.
import { join } from 'node:path';
import { measureRounds } from './rounds.ts';

const results = await measureRounds(join(import.meta.dirname, 'encode-cases.ts'), ['limit', 'one-string', 'edgespan', 'mapping'], 9);
const limit = results.get('limit')?.cpuNanos ?? Number.NaN;
const names: Record<string, string> = {
  limit: 'limit: `JSON.stringify` of ready objects, 50 a piece, `encodeInto`',
  'one-string': 'the same objects, one `JSON.stringify` a batch',
  edgespan: '**edgespan: sampled, mapped, printed, bytes**',
  mapping: 'of that, spans to Datadog’s terms',
};
console.log('10,000 seeded spans in batches of 1,000\n\n| encoder | ns/span | % of limit | B/span |\n|---|--:|--:|--:|');
for (const [name, { cpuNanos, bytes }] of results) {
  console.log(`| ${names[name]} | ${Math.round(cpuNanos)} | ${Math.round((limit / cpuNanos) * 100)} | ${bytes ? Math.round(bytes) : ''} |`);
}
