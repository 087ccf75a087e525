// Brings src/README.md up to date: a line for each new file, from its first comment, and none for a file that is gone. Lines that are
// there stay as they are written, so a better word survives.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readSources } from '../test/architecture/source-tree.ts';

const mapFile = 'src/README.md';
const mapLine = /^- `([^`]+)` — (.+)$/;

const rooms: [room: string, does: string][] = [
  ['entries', 'DOORS: one file per subpath; the only place that picks a runtime’s parts; imported by nobody'],
  ['sdk', 'WIRING: options, environment, register; the one place that throws on misuse'],
  ['trace', 'MAKES spans'],
  ['context', 'CARRIES the current span inside a process'],
  ['propagation', 'CARRIES it between processes'],
  ['export', 'LETS finished spans out, knows no vendor'],
  ['datadog', 'KNOWS Datadog, each fact with its source'],
  ['redact', 'REMOVES secrets from values'],
  ['instrument', 'WATCHES the host'],
  ['proxy', 'RECEIVES from browsers, forwards upstream'],
  ['viewer', 'RECEIVES at the desk in place of Datadog'],
  ['transform', 'REWRITES `await` at build time so that context survives it'],
  ['cli', 'THE SHELL'],
  ['runtime', 'WHAT DIFFERS between hosts, one small file per host hook'],
];

/** First sentence of the comment on the file, or on the export that it is named after, or on the first one. */
function firstWords(path: string): string {
  const text = readFileSync(`src/${path}`, 'utf8');
  const name = (path.split('/').at(-1) ?? '').replace(/\.tsx?$/, '').replaceAll('-', '');
  const comments = [...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:async )?(?:abstract )?\w+\*? (\w+)/g)];
  const own = comments.find(([, , exported]) => exported?.toLowerCase() === name) ?? comments[0];
  const header = /^(?:#!.*\n)?((?:\/\/.*\n)+)/.exec(text)?.[1] ?? /^(?:#!.*\n)?\/\*\*((?:(?!\*\/)[\s\S])*)\*\//.exec(text)?.[1];
  const words = (header ?? own?.[1] ?? '')
    .replaceAll(/^\s*(\*|\/\/)/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const sentence = /^.*?[.:;](?= |$)/.exec(words)?.[0] ?? words;
  return sentence.replace(/[.:;]$/, '');
}

const old = existsSync(mapFile) ? readFileSync(mapFile, 'utf8') : '';
const known = new Map(
  old.split('\n').flatMap((line): [string, string][] => {
    const [, path, words] = mapLine.exec(line) ?? [];
    return path && words ? [[path, words]] : [];
  }),
);
const head = old.split('\n## ')[0]?.trim() ?? '';
const files = readSources();
const sections = rooms.flatMap(([room, does]) => {
  const lines = files.filter((file) => file.room === room).map(({ path }) => `- \`${path}\` — ${known.get(path) ?? firstWords(path)}`);
  return lines.length > 0 ? [`## ${room}: ${does}\n\n${lines.join('\n')}\n`] : [];
});
writeFileSync(mapFile, `${head}\n\n${sections.join('\n')}`);
console.log(`${mapFile}: ${files.length} files, ${files.filter(({ path }) => !known.has(path)).length} of them new`);
