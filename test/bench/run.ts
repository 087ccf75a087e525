// npm run bench [-- name …]: runs the benches of this folder, all or those named.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// A bench says in its first line how it is run; what is beside it is its parts.
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8').startsWith(`// npm run bench -- ${name}`));
const [first] = process.argv.slice(2);
const asked = process.argv.slice(2).filter((word) => names.includes(word));
if (first !== undefined && !first.startsWith('-') && asked.length === 0) {
  throw new Error(`Cannot bench ${first}: there are ${names.join(', ')}`);
}
for (const name of asked.length > 0 ? asked : names) {
  console.log(`bench ${name}`);
  await import(`./${name}.ts`);
}
