import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatEnvelopeLine } from '../../../src/export/envelope.ts';
import { readAgentForm, readEnvelope } from '../../../src/viewer/intake.ts';
import { batch } from '../proxy/upstream/served.ts';

const put = (body: Uint8Array<ArrayBuffer> | string): Request => new Request('http://localhost/v0.4/traces', { method: 'PUT', body });

test('a batch that was counted before is not inflated again', async () => {
  const { line } = batch();
  const body = `${formatEnvelopeLine({ ...line, raw: 2 })}no`;
  const request = () => new Request('http://localhost/t', { method: 'POST', body });
  expect(await readEnvelope(request(), () => false, Date.now())).toMatchObject({ chunks: [], line: { seq: 1 } });
  expect(await readEnvelope(request(), () => true, Date.now())).toMatchObject({ error: 'bad_json' });
});

test('a bomb in the form of an Agent ends at 10 MiB, a lie about its size at once', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, 32), { level: 9 });
  expect(await readAgentForm(put(Uint8Array.from(bomb)), 0)).toEqual({ error: 'raw_too_large' });
  const lying = Uint8Array.from(gzipSync(Buffer.from('[[]]')));
  lying[lying.length - 4] = 3;
  expect(await readAgentForm(put(lying), 0)).toEqual({ error: 'raw_mismatch' });
  expect(await readAgentForm(put(Uint8Array.from([0x1f, 0x8b])), 0)).toEqual({ error: 'bad_gzip' });
  expect(await readAgentForm(put('{'), 0)).toMatchObject({ error: 'bad_json' });
});
