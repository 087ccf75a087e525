import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSources } from './source-tree.ts';

// Lines of the form: - `trace/span.ts` — what it is
const mapLine = /^- `([^`]+\.tsx?)` — \S/;

test('src/README.md is a map of the tree: each file once, none that is not there', () => {
  expect(existsSync('src/README.md')).toBe(true);
  const mapped = readFileSync('src/README.md', 'utf8')
    .split('\n')
    .flatMap((line) => mapLine.exec(line)?.[1] ?? []);
  expect(mapped.toSorted()).toEqual(
    readSources()
      .map((file) => file.path)
      .toSorted(),
  );
});
