// npm run bench -- span: CPU time of startSpan, 5 × setAttribute, addEvent and end, against the floor and OpenTelemetry's SDK.
import { join } from 'node:path';
import { measureRounds } from './rounds.ts';

const names: Record<string, string> = {
  floor: 'floor: literal with random id and three clock reads',
  'no-op': '`@opentelemetry/api` without an SDK',
  edgespan: '**edgespan**',
  otel: '`@opentelemetry/sdk-trace-base` 2.12',
  'no-op active': '`@opentelemetry/api` without an SDK, `startActiveSpan`',
  'edgespan active': '**edgespan**, `startActiveSpan`',
  'otel active': '`@opentelemetry/sdk-trace-base` 2.12, `startActiveSpan`',
  'edgespan out': '**edgespan**, sampled out',
  'otel out': '`@opentelemetry/sdk-trace-base` 2.12, sampled out',
};
const results = await measureRounds(join(import.meta.dirname, 'span-cases.ts'), Object.keys(names), 9);
const floor = results.get('floor')?.cpuNanos ?? Number.NaN;
const otel = results.get('otel')?.cpuNanos ?? Number.NaN;
console.log('500 spans a batch, flush not counted\n\n| case | ns/span | × floor | × OTel | heap B/span |\n|---|--:|--:|--:|--:|');
for (const [name, { cpuNanos, heapBytes }] of results) {
  console.log(
    `| ${names[name]} | ${Math.round(cpuNanos)} | ${(cpuNanos / floor).toFixed(1)} | ${(cpuNanos / otel).toFixed(2)} | ${heapBytes ? Math.round(heapBytes) : ''} |`,
  );
}
