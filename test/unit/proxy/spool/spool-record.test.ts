import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { createHostInflate } from '../../../../src/proxy/host-inflate.ts';
import { inflateGzip } from '../../../../src/proxy/inflate.ts';
import { batchKey } from '../../../../src/proxy/spool/spool.ts';
import { fromRecord, spansOfRecord, toRecord, toRecords } from '../../../../src/proxy/spool/spool-record.ts';
import { fullBatch } from '../upstream/served.ts';

test('a record gives the batch back, without a token', () => {
  const batch = fullBatch();
  const back = fromRecord(toRecord({ ...batch, line: { ...batch.line, token: 'canary' } }).bytes, inflateGzip);
  expect(back?.chunks).toEqual(batch.chunks);
  expect(back?.line).toMatchObject({
    client: batch.line.client,
    seq: batch.line.seq,
    service: batch.line.service,
    ledger: batch.line.ledger,
  });
  expect(back?.receivedAtMillis).toBe(batch.receivedAtMillis);
  expect(JSON.stringify(back)).not.toContain('canary');
  expect(batchKey(back!)).toBe(batchKey(batch));
});

test('events and links of any length come back, those too that an upstream’s tag has no room for', () => {
  const batch = fullBatch();
  const [span] = batch.chunks[0]!;
  const attributes = { text: '"\\é'.repeat(500), list: [1.5, 2], none: [], flag: false };
  span!.events = Array.from({ length: 40 }, (_, index) => ({ ...span!.events![0]!, nanos: index, attributes }));
  span!.links = Array.from({ length: 100 }, () => ({ ...span!.links![0]!, attributes: { text: 'x'.repeat(300) } }));
  const record = toRecord(batch);
  expect([record.spanCount, record.leftOutCount]).toEqual([1, 0]);
  expect(fromRecord(record.bytes, inflateGzip)?.chunks).toEqual(batch.chunks);
});

test('a record that was damaged is none', () => {
  const record = toRecord(fullBatch()).bytes;
  expect(spansOfRecord(record.subarray(0, -5))).toBe(1);
  expect(spansOfRecord(record.subarray(0, 40))).toBe(0);
  expect(fromRecord(record.subarray(0, 40), inflateGzip)).toBeUndefined();
  expect(fromRecord(record.subarray(0, -5), inflateGzip)).toBeUndefined();
  expect(fromRecord(new Uint8Array(0), inflateGzip)).toBeUndefined();
});

test('a batch above a message is cut, between traces, then between spans, each part with the trace’s tags', () => {
  const batch = fullBatch();
  const [span] = batch.chunks[0]!;
  const noisy = (id: number) => ({
    ...span!,
    spanLow: id,
    meta: { ...(id % 10 === 0 && span!.meta), noise: randomBytes(3_000).toString('base64') },
    metrics: id % 10 === 0 ? span!.metrics : {},
  });
  const chunks = [
    Array.from({ length: 10 }, (_, index) => noisy(index)),
    Array.from({ length: 10 }, (_, index) => ({ ...noisy(10 + index), traceLow: 5 })),
  ];
  const records = toRecords({ ...batch, chunks }, 12_000).map(({ bytes }) => bytes);
  const parts = records.map((record) => fromRecord(record, inflateGzip)!);
  expect(records.length).toBeGreaterThan(6);
  for (const record of records) expect(record.length).toBeLessThanOrEqual(12_000);
  expect(parts.flatMap((part) => part.chunks.flat().map((one) => one.spanLow))).toEqual(Array.from({ length: 20 }, (_, index) => index));
  for (const part of parts) {
    expect(part.line.spans).toBe(part.chunks.flat().length);
    for (const [first] of part.chunks)
      expect(first).toMatchObject({ meta: { '_dd.p.tid': '66f2b52b00000000', '_dd.p.dm': '-0' }, metrics: { _sampling_priority_v1: 1 } });
  }
});

test('a span that alone is too large stays whole', () => {
  expect(toRecords(fullBatch(), 10)).toHaveLength(1);
});

test('more spans than an envelope has, and spans that compress better than a stranger’s may, come back', () => {
  const batch = fullBatch();
  const [span] = batch.chunks[0]!;
  const many = { ...batch, chunks: [Array.from({ length: 1_500 }, (_, id) => ({ ...span!, spanLow: id + 1 }))] };
  expect(fromRecord(toRecord(many).bytes, inflateGzip)?.chunks[0]).toHaveLength(1_500);
  const pads = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`pad${index}`, ' '.repeat(24_000)]));
  const dense = { ...batch, chunks: [[{ ...span!, meta: { ...span!.meta, ...pads } }]] };
  const record = toRecord(dense).bytes;
  expect(record.length).toBeLessThan(120_000 / 100);
  for (const inflate of [inflateGzip, createHostInflate(zlib)]) expect(fromRecord(record, inflate)?.chunks).toEqual(dense.chunks);
});

test('a span above 256 KiB is left out and counted; a record without spans is no batch', () => {
  const batch = fullBatch();
  const [span] = batch.chunks[0]!;
  const large = {
    ...span!,
    spanLow: 9,
    meta: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}`, 'x'.repeat(20_000)])),
  };
  expect(toRecord({ ...batch, chunks: [[span!, large]] })).toMatchObject({ spanCount: 1, leftOutCount: 1 });
  const none = toRecord({ ...batch, chunks: [[large]] });
  expect(none).toMatchObject({ spanCount: 0, leftOutCount: 1 });
  expect(fromRecord(none.bytes, inflateGzip)).toBeUndefined();
});
