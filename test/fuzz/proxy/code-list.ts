import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Words in the proxy's sources that look like codes and are none. */
const noCodes: readonly string[] = [
  // Keys of the Browser SDK's query.
  'batch_time',
  // What a directory spool says to itself before its proxy is there.
  'not_started',
  // Reasons of drops, and of copies that were not made.
  'final_lost',
  'final_rejected',
  'too_many',
  // What a spool says of itself.
  'queue_send',
];

const src = join(import.meta.dirname, '../../../src');

/**
 * Every code that the sources can answer with: the table of statuses, the readers' error types, and every word of that form in the
 * proxy's room but what is logged, counters, and reasons of drops. A word that is new there counts as a code until it is named above.
 */
export function readCodeList(): string[] {
  const codes = new Set<string>();
  const take = (text: string, pattern: RegExp): void => {
    for (const [, word] of text.matchAll(pattern)) codes.add(word!);
  };
  const answers = read('proxy/answer.ts');
  take(/const statusByCode[^{]*\{([^}]+)\}/.exec(answers)![1]!, /(\w+):/g);
  take(/type DecodeErrorCode =([^;]+);/.exec(read('datadog/json-cursor.ts'))![1]!, /'(\w+)'/g);
  take(/type EnvelopeError =([^;]+);/.exec(read('export/envelope-parse.ts'))![1]!, /'(\w+)'/g);
  for (const file of readdirSync(join(src, 'proxy'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = read(`proxy/${file}`)
      .replaceAll(/\bevent: [^,}]+/g, '')
      .replaceAll(/\breason: [^,)]+/g, '')
      .replaceAll(/\b(?:add|log|dropped|drop)\([^;]+;/g, '');
    take(text, /'([a-z]+(?:_[a-z0-9]+)+)'/g);
    take(text, /\b(?:refused|refusalOf)\('(\w+)'/g);
  }
  return [...codes].filter((code) => !noCodes.includes(code)).toSorted();
}

/** Without comments: they may speak of codes that are no more. */
function read(file: string): string {
  return readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
