import { expect, test } from 'vitest';
import { highlightCode } from '../../../src/viewer/page/highlight.ts';
import { formatJsonText } from '../../../src/viewer/page/json-text.ts';

const text = (pieces: { text: string }[]): string => pieces.map((piece) => piece.text).join('');

test('code is coloured and not changed', () => {
  const code = "const id = `a{1}` // why\nawait fetch('/t#x', { n: 1_000 }) # shell";
  const pieces = highlightCode(code);
  expect(text(pieces)).toBe(code);
  expect(pieces.filter((piece) => piece.kind !== '').map(({ kind, text }) => [kind, text])).toEqual([
    ['k', 'const'],
    ['s', '`a{1}`'],
    ['c', '// why'],
    ['k', 'await'],
    ['s', "'/t#x'"],
    ['u', '1_000'],
    ['c', '# shell'],
  ]);
  expect(text(highlightCode('click button#place-order'))).toBe('click button#place-order');
});

test('JSON is indented while 64-bit ids stay digit by digit', () => {
  const pieces = formatJsonText('{"trace_id":18446744073709551615,"meta":{"a":"x, {y}\\"z\\"","n":-1.5e-7},"links":[],"ok":[true,null]}');
  expect(text(pieces)).toBe(
    '{\n  "trace_id": 18446744073709551615,\n  "meta": {\n    "a": "x, {y}\\"z\\"",\n    "n": -1.5e-7\n  },\n  "links": [],\n  "ok": [\n    true,\n    null\n  ]\n}',
  );
  expect(pieces.find((piece) => piece.text.startsWith('1844'))?.kind).toBe('u');
});

test('what is indented already comes out the same, and what is no JSON is not lost', () => {
  const once = text(formatJsonText('{"a":[{}, 1]}'));
  expect(text(formatJsonText(once))).toBe(once);
  expect(text(formatJsonText('<oops>'))).toBe('<oops>');
});
