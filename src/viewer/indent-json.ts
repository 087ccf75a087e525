/** Sets out JSON text in lines, two spaces a level, without reading its numbers: 64-bit integers stay what they are. Never throws. */
export function indentJson(text: string): string {
  let out = '';
  let depth = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const [word] = token;
    const next = text[token.index + word.length];
    if (word === '{' || word === '[') {
      const isEmpty = next === '}' || next === ']';
      if (!isEmpty) depth++;
      out += isEmpty ? word : `${word}${newLine(depth)}`;
    } else if (word === '}' || word === ']') {
      const last = out.at(-1);
      const isEmpty = last === '{' || last === '[';
      if (!isEmpty) depth--;
      out += isEmpty ? word : `${newLine(depth)}${word}`;
    } else if (word === ',') out += `,${newLine(depth)}`;
    else out += word === ':' ? ': ' : word;
  }
  return out;
}

function newLine(depth: number): string {
  return `\n${'  '.repeat(Math.max(0, depth))}`;
}
