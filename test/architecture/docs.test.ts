import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const texts = [
  'README.md',
  'CONTRIBUTING.md',
  'src/README.md',
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

const links = texts.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:\]\(|src(?:set)?=")(?!https?:|#)([^)"#\s]+)/g)].map(([, target = '']) => ({
    file,
    target: join(dirname(file), target),
  })),
);

test('every link in the docs points at a file that is there', () => {
  expect(links.filter(({ target }) => !existsSync(target)).map(({ file, target }) => `${file}: ${target}`)).toEqual([]);
});

test('every picture is shown somewhere', () => {
  const shown = new Set(links.map(({ target }) => target));
  const pictures = readdirSync('docs/images').map((name) => `docs/images/${name}`);
  expect(pictures.filter((picture) => !shown.has(picture))).toEqual([]);
});

test('the docs name no file of the repository that is not there', () => {
  const named = texts.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/`((?:src|test|scripts|playground|docs)\/[\w./-]+\.\w+)`/g)].map(([, path = '']) => path),
  );
  expect(named.length).toBeGreaterThan(3);
  expect([...new Set(named)].filter((path) => !existsSync(path))).toEqual([]);
});

test('the docs name no script that is not there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = texts.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(3);
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});
