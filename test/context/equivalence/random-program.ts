// Writes async programs at random: everything that suspends, nested in everything that catches, loops and returns. They always end.
import type { Program } from './programs.ts';

type Random = () => number;

/** mulberry32: the same seed gives the same programs everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Place {
  depth: number;
  isAsync: boolean;
  isGenerator: boolean;
  /** Labels of the loops around, innermost last; '' where a loop has none. */
  loops: string[];
}

export function randomProgram(seed: number): Program {
  const random = createRandom(seed);
  let names = 0;
  let budget = 40;
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const chance = (share: number): boolean => random() < share;
  const name = (): string => `v${names++}`;
  const inner = (place: Place, change: Partial<Place> = {}): Place => ({ ...place, depth: place.depth + 1, ...change });

  const expression = (place: Place): string => {
    if (place.depth > 5 || budget-- < 0) return pick(['1', "'s'", 'undefined', 'null', 'log(0)']);
    const x = (): string => expression(inner(place));
    const plain = [
      () => `${names++}`,
      () => `(log(${names++}), ${x()})`,
      () => `[${x()}, ...[${x()}]]`,
      () => `({ k: ${x()}, [${names++}]: ${x()} })`,
      () => `(${x()} ${pick(['??', '||', '&&'])} ${x()})`,
      () => `(${x()} ? ${x()} : ${x()})`,
      () => `\`\${typeof ${x()}}t\``,
      () => `later(${Math.floor(random() * 3)}, ${x()})`,
      () => `thenable(${x()})`,
      () => call(place),
    ];
    if (!place.isAsync) return pick(plain)();
    const suspending = [
      () => `(await ${x()})`,
      () => `(await ${x()})`,
      () => `(await fail(${Math.floor(random() * 3)}, 'e${names++}'))`,
      () => `(await later(${Math.floor(random() * 4)}, ${names++}))`,
      ...(place.isGenerator ? [() => `(yield ${x()})`, () => `(yield* ${iterable(place)})`, () => '(yield)'] : []),
    ];
    return pick(chance(0.55) ? suspending : plain)();
  };

  const iterable = (place: Place): string =>
    pick([
      () => `[${expression(inner(place))}, ${names++}]`,
      () => `iterator('${pick(['sync', 'async'])}', [${names++}, ${names++}])`,
      () => `iterator('async', [1, 2], { return: undefined })`,
      () => `(async function* () { ${block(inner(place, { isAsync: true, isGenerator: true, loops: [] }))} })()`,
    ])();

  const call = (place: Place): string => {
    const body = (isGenerator = false): string => block(inner(place, { isAsync: true, isGenerator, loops: [] }));
    return pick([
      () => `(async () => { ${body()} })()`,
      () => `(async function () { ${body()} })()`,
      () => `(async () => ${expression(inner(place, { isAsync: true, isGenerator: false, loops: [] }))})()`,
      () => `({ async m(a = log('p')) { ${body()} } }).m()`,
      () => `new (class { async m() { ${body()} } })().m()`,
      () => `((i) => i.next().then(() => i.${pick(['next', 'return'])}(7)))((async function* () { ${body(true)} })())`,
      () =>
        `((i) => Promise.allSettled([i.next(1), i.next(2), i.${pick(['throw', 'return', 'next'])}(3)]))((async function* () { ${body(true)} })())`,
      () => `((n) => (log(n), n))(${names++})`,
    ])();
  };

  const statement = (place: Place): string => {
    if (place.depth > 5 || budget-- < 0) return `log(${names++});`;
    const x = (): string => expression(inner(place));
    const nested = (change: Partial<Place> = {}): string => block(inner(place, change));
    const looped = (label: string): Partial<Place> => ({ loops: [...place.loops, label] });
    const label = chance(0.4) ? `l${names++}` : '';
    const tag = label && `${label}: `;
    const choices = [
      () => `log(${x()});`,
      () => `log(${x()});`,
      () => `${x()};`,
      () => `${pick(['const', 'let', 'var'])} ${name()} = ${x()};`,
      () => `const { a: ${name()} = ${x()}, ...${name()} } = { b: ${x()} };`,
      () => `if (${x()}) ${pick([`{ ${nested()} }`, `log(${x()});`])} else { ${nested()} }`,
      () => `try { ${nested()} } catch (e) { log(e); ${nested()} }`,
      () => `try { ${nested()} } finally { ${nested()} }`,
      () => `try { ${nested()} } catch { ${nested()} } finally { log('f'); ${nested()} }`,
      () => `${tag}for (let i = 0; i < 2; i++) { log(i); ${nested(looped(label))} }`,
      () => `${tag}for (const ${name()} of ${pick(['[1, 2]', "iterator('sync', [1, 2])"])}) { ${nested(looped(label))} }`,
      () => `switch (${x()}) { case ${x()}: ${nested({ loops: [] })} default: log('d'); ${nested({ loops: [] })} }`,
      () => `async function ${name()}() { ${nested({ isAsync: true, isGenerator: false, loops: [] })} }`,
    ];
    const suspending = [
      () => `${tag}for await (const ${name()} of ${iterable(place)}) { ${nested(looped(label))} }`,
      () => `${tag}for await (const ${name()} of ${iterable(place)}) log(${x()});`,
      () =>
        `{ await using ${name()} = ${pick([`resource('r${names++}')`, `resource('r${names++}', 'sync')`, `resource('r', 'async', true)`])}; ${nested()} }`,
      () => `{ using ${name()} = resource('r${names++}', 'sync'); ${nested()} }`,
      () => `await ${x()};`,
    ];
    const leaving = [
      () => `return ${x()};`,
      ...(place.isAsync ? [() => `return await ${x()};`] : []),
      () => `throw ${x()};`,
      ...place.loops.slice(-1).flatMap(() => [() => 'break;', () => 'continue;']),
      ...place.loops.filter(Boolean).flatMap((outer) => [() => `break ${outer};`, () => `continue ${outer};`]),
    ];
    if (chance(0.1)) return `if (log(${names++}) ${pick(['===', '!=='])} undefined) ${pick(leaving)()}`;
    if (chance(0.04)) return pick(leaving)();
    return pick(place.isAsync && chance(0.4) ? suspending : choices)();
  };

  const block = (place: Place): string => Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(place)).join(' ');

  const place: Place = { depth: 0, isAsync: true, isGenerator: false, loops: [] };
  const body = Array.from({ length: 3 }, () => statement(place)).join('\n  ');
  return { name: `seed ${seed}`, code: `exports.main = async function main() {\n  ${body}\n}` };
}
