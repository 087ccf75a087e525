// One case of `bench -- encode` in a process of its own: prints CPU nanoseconds and bytes a span as JSON.
import { groupByTrace, toChunkSpan } from '../../src/datadog/chunk.ts';
import { createEncoder } from '../../src/sdk/encoder.ts';
import { cpuNanosOf } from './rounds.ts';
import { seededSpans } from './workload.ts';

const spanCount = 10_000;
const batchSize = 1_000;
const pieceSize = 50;
const warmUps = 8;
const passes = 10;

const spans = seededSpans(spanCount);
const batches = Array.from({ length: spanCount / batchSize }, (_, at) => spans.slice(at * batchSize, (at + 1) * batchSize));
const encode = createEncoder({ sendsUnsampled: false });

/** The same content as ours, as objects that are ready to be printed; ids as text, as no number holds them. */
function readyObjects(): object[][] {
  return batches.map((batch) => {
    const text = Buffer.concat(encode(batch).pieces).toString();
    return (JSON.parse(text.replace(/("(?:trace_id|span_id|parent_id|start)":)(\d+)/g, '$1"$2"')) as object[][]).flat();
  });
}

const cases: Record<string, () => () => number> = {
  limit() {
    const ready = readyObjects();
    const encoder = new TextEncoder();
    const buffer = new Uint8Array(1 << 20);
    return () => {
      let bytes = 0;
      for (const batch of ready) {
        for (let at = 0; at < batch.length; at += pieceSize) {
          bytes += encoder.encodeInto(JSON.stringify(batch.slice(at, at + pieceSize)), buffer).written;
        }
      }
      return bytes;
    };
  },
  'one-string'() {
    const ready = readyObjects();
    const encoder = new TextEncoder();
    return () => ready.reduce((sum, batch) => sum + encoder.encode(JSON.stringify(batch)).length, 0);
  },
  edgespan: () => () => {
    let bytes = 0;
    for (const batch of batches) for (const piece of encode(batch).pieces) bytes += piece.length;
    return bytes;
  },
  mapping: () => () => {
    let count = 0;
    for (const batch of batches) {
      for (const chunk of groupByTrace(batch)) for (const span of chunk) count += toChunkSpan(span, span === chunk[0]).error;
    }
    return count && 0;
  },
};

const make = cases[process.argv[2] ?? ''];
if (!make) throw new Error(`Cannot measure as the case must be one of ${Object.keys(cases)}: current value is ${process.argv[2]}`);
const run = make();
let bytes = 0;
for (let pass = 0; pass < warmUps; pass++) bytes = run();
const samples: number[] = [];
for (let pass = 0; pass < passes; pass++) samples.push(cpuNanosOf(run) / spanCount);
samples.sort((a, b) => a - b);
console.log(JSON.stringify({ cpuNanos: samples[passes >> 1], bytes: bytes / spanCount }));
