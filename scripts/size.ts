// Prints the size table and writes it into the README between its markers. `-- --parts [case]`: which source file costs what.
import { readFileSync, writeFileSync } from 'node:fs';
import { measureSize, type SizeCase, sizeCases } from './measure-size.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(2)} KB`;
const [option, chosen] = process.argv.slice(2);

const rows: string[] = ['| bundle | gzip | goal | minified | fetched later |', '|---|--:|--:|--:|---|'];
for (const [key, sizeCase] of Object.entries<SizeCase>(sizeCases)) {
  if (chosen !== undefined && key !== chosen) continue;
  const size = await measureSize(sizeCase);
  const lazy = Object.entries(size.lazy).map(([name, bytes]) => `\`${size.lazyNames[name]}\` ${kilobytes(bytes)}`);
  const { goalBytes } = sizeCase;
  const goal = goalBytes === undefined ? '' : `${kilobytes(goalBytes)}, missed by ${kilobytes(size.gzipBytes - goalBytes)}`;
  rows.push(`| ${sizeCase.name} | ${kilobytes(size.gzipBytes)} | ${goal} | ${kilobytes(size.minifiedBytes)} | ${lazy.join(', ')} |`);
  if (option !== '--parts') continue;
  console.log(`${key}: ${size.minifiedBytes} B minified, ${size.gzipBytes} B gzipped, gzip shared out by minified bytes`);
  for (const [source, bytes] of size.parts)
    console.log(`${String(bytes).padStart(7)} ${String(Math.round((bytes / size.minifiedBytes) * size.gzipBytes)).padStart(6)}  ${source}`);
}
console.log(rows.join('\n'));

const markers = /(<!-- size:start -->\n)[\s\S]*?(<!-- size:end -->)/;
if (option === undefined) {
  const readme = readFileSync('README.md', 'utf8');
  if (!markers.test(readme)) throw new Error('Cannot write the size table as README.md has no size markers');
  writeFileSync('README.md', readme.replace(markers, `$1${rows.join('\n')}\n$2`));
}
