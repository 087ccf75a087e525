// A process that opens a spool directory, says `open`, then does what each line of its input says: `put 20` or `close`.
import * as fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { openSpoolDirectory } from '../../../../src/proxy/spool/open-directory.ts';
import { batch } from '../upstream/served.ts';

const [directory = '', client = '', lockWaitMillis = '30000'] = process.argv.slice(2);
try {
  const { spool } = await openSpoolDirectory({ directory, fs, lockWaitMillis: Number(lockWaitMillis) });
  console.log('open');
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'close') break;
    const puts = Array.from({ length: Number(line.slice(4)) }, (_, seq) => spool.put(batch({ client, seq })));
    console.log(`kept ${(await Promise.all(puts)).filter(Boolean).length}`);
  }
  await spool.close!();
  process.exit();
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : ''}`);
}
