import type { CodePiece } from './highlight.ts';

const token = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],])|\s+/g;

/**
 * Indents JSON without reading its values, so that 64-bit ids stay digit by digit what the server sent.
 * Text that is no JSON comes out as it went in, as far as it is not white space.
 */
export function formatJsonText(text: string): CodePiece[] {
  const pieces: CodePiece[] = [];
  let depth = 0;
  let end = 0;
  const line = (): void => {
    pieces.push({ text: `\n${'  '.repeat(depth)}`, kind: '' });
  };
  for (const match of text.matchAll(token)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), kind: '' });
    end = match.index + match[0].length;
    if (match[1] !== undefined) {
      pieces.push({ text: match[1], kind: match[2] ? 'k' : 's' });
      if (match[2]) pieces.push({ text: ': ', kind: '' });
    } else if (match[3] || match[4]) {
      pieces.push({ text: match[0], kind: 'u' });
    } else if (match[5]) {
      mark(match[5], text, end);
    }
  }
  if (end < text.length) pieces.push({ text: text.slice(end), kind: '' });
  return pieces;

  function mark(sign: string, whole: string, next: number): void {
    const opens = sign === '{' || sign === '[';
    const closes = sign === '}' || sign === ']';
    const empty = opens && /^\s*[}\]]/.test(whole.slice(next, next + 80));
    if (closes) {
      depth = Math.max(0, depth - 1);
      const last = pieces.at(-1)?.text;
      if (last !== '{' && last !== '[') line();
    }
    if (opens) depth++;
    pieces.push({ text: sign, kind: '' });
    if ((opens && !empty) || sign === ',') line();
  }
}
