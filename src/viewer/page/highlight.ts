/** A piece of code and the class that colours it: keyword, string, number, comment or nothing. */
export interface CodePiece {
  text: string;
  kind: '' | 'k' | 's' | 'u' | 'c';
}

// An address is none of these, whatever is in it, nor is a `#` inside a word.
const pattern =
  /\bhttps?:\/\/[^\s'"`)]+|(\/\/[^\n]*|(?<!\S)#[^\n]*|\/\*[\s\S]*?\*\/)|('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\b(\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b|\b(import|from|export|default|const|let|var|new|await|async|function|return|for|of|in|if|else|try|catch|finally|throw|typeof|class|true|false|null|undefined)\b/g;

/** Splits JavaScript or a shell line for the eye; it does not parse. */
export function highlightCode(code: string): CodePiece[] {
  const pieces: CodePiece[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > end) pieces.push({ text: code.slice(end, match.index), kind: '' });
    pieces.push({ text: match[0], kind: match[1] ? 'c' : match[2] ? 's' : match[3] ? 'u' : match[4] ? 'k' : '' });
    end = match.index + match[0].length;
  }
  if (end < code.length) pieces.push({ text: code.slice(end), kind: '' });
  return pieces;
}
