import { expect, test } from 'vitest';
import { highlightCode } from '../../../src/viewer/page/highlight.ts';

const coloured = (code: string): string[] => highlightCode(code).flatMap(({ text, kind }) => (kind === '' ? [] : `${kind} ${text}`));

test('keywords, strings, numbers and comments', () => {
  expect(coloured("const a = f('https://b/', 1_000) // c")).toEqual(['k const', "s 'https://b/'", 'u 1_000', 'c // c']);
  expect(coloured('npm start # the playground')).toEqual(['c # the playground']);
  expect(coloured('open page.html#part')).toEqual([]);
});

test('an address on a shell line is neither comment nor number; what follows it is coloured', () => {
  expect(coloured('npx edgespan doctor http://127.0.0.1:4319/t')).toEqual([]);
  expect(coloured('curl https://a.example:8080/#1 # twice')).toEqual(['c # twice']);
  expect(
    highlightCode('curl http://a/ -m 5')
      .map(({ text }) => text)
      .join(''),
  ).toBe('curl http://a/ -m 5');
});

test('no text is lost', () => {
  for (const code of ['', 'a#b // c\n#d', 'x = `http://a`', '/* a */ "b"']) {
    expect(
      highlightCode(code)
        .map(({ text }) => text)
        .join(''),
    ).toBe(code);
  }
});
