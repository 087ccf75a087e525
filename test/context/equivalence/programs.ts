// Small programs over everything that suspends. Each is the body of an async function; `log` and friends come from trace-program.ts.

export interface Program {
  name: string;
  code: string;
}

const inMain = (body: string): string => `exports.main = async function main() { ${body} }`;

const operands: Record<string, string> = {
  value: '1',
  nothing: 'undefined',
  resolved: "later(0,'v')",
  later: "later(3,'v')",
  rejected: "fail(0,'e')",
  'rejected later': "fail(2,'e')",
  thenable: "thenable('v')",
  'thenable that rejects': "({ then(_, no) { log('then'); no('e') } })",
  'thenable that throws': "({ then() { log('then'); throw 'e' } })",
  'then getter that throws': "({ get then() { throw 'e' } })",
  'object with a then of no function': "({ then: 7, toJSON() { return 'o' } })",
  'thenable of a thenable': "thenable(thenable('v'))",
  'async function': "(async () => { log('in'); await 1; log('in2'); return 'v' })()",
  'async function that throws': "(async () => { log('in'); await 1; throw 'e' })()",
  'subclass of Promise': "new Sub((ok) => ok('v'))",
  'throws before': "(() => { throw 'e' })()",
};

const positions: Record<string, string> = {
  statement: 'await X;',
  constant: 'const a = await X; log(a);',
  argument: "log('a', await X, log('b'));",
  'two in one': 'log(await X, await X);',
  binary: "log((log('l'), 1) + (await X));",
  template: 'log(`a${await X}b${log()}`);',
  'tagged template': '((s, v) => log(s.length, v))`a${await X}b`;',
  array: "log([log('x'), ...[await X], 2]);",
  object: "log({ a: 1, [(log('k'), 'k')]: await X, [await 'z']: 3 });",
  conditional: 'log((await X) ? await 2 : await 3);',
  logical: 'log((await X) ?? (await 1), (await X) && 2, null || (await 3));',
  'optional chain': 'log((await X)?.length, (await X)?.foo?.(await 1));',
  'default of a pattern': 'const { a = await X, b: [c = await 2] = [] } = {}; log(a, c);',
  'member of an object': "const o = {}; o[(log('k'), 'k')] = await X; log(o);",
  'compound assignment': 'let a = 1; a += await X; log(a);',
  'logical assignment': 'let a; a ??= await X; a ||= await 1; log(a);',
  'await of await': 'log(await await X);',
  'await without a space': 'log(await(X));',
  return: 'return X;',
  'return await': 'return await X;',
  'return of a comma': "return log('first'), X;",
  'return of a choice': 'return later ? X : 0;',
  throw: 'throw await X;',
  arrow: 'log(await (async () => await X)());',
  'arrow without await': 'log(await (async () => X)());',
  'arrow of an object': 'log(await (async () => ({ a: await X }))());',
  if: "if (await X) log('yes'); else log('no');",
  while: 'let n = 0; while ((await X) && n++ < 2) log(n);',
  'do while': 'let n = 0; do log(n); while (await later(1, n++ < 1), await X, n < 2)',
  for: 'for (let i = await 0; i < (await 2); i += await 1) { log(i); await X; }',
  switch: "switch (await X) { case await 'v': log('v'); default: log('d'); await 2; }",
  'class key': "class A { [await 'm']() { return 1 } static [await X] = 2 } log(Object.getOwnPropertyNames(A.prototype));",
  'class heritage': 'const B = class {}; class A extends (await later(1, B)) {} log(new A() instanceof B, await X);',
  new: 'log(new (class { constructor(a) { this.a = a } })(await X).a);',
  'comma and void': "void (await 1, log('c'), await X);",
  typeof: 'log(typeof (await X), !(await X), -(await 1));',
  delete: 'const o = { v: 1 }; delete o[await X]; log(o);',
  spread: 'log(...[await X], ...(await [1, 2]));',
  'in and instanceof': "log('a' in (await { a: 1 }), (await X) instanceof Object);",
  'for of': 'for (const x of [1, 2]) { log(x); await X; }',
  'for in': 'for (const x in { a: 1, b: 2 }) { log(x); await X; }',
  'for of an iterator': "for (const x of iterator('sync', [1, 2])) { log(x); await X; }",
  'nested function': 'async function inner(a) { log(a); const r = await X; log(r); return r } log(await inner(1), await inner(2));',
  'two at once': 'const f = async (n) => { log(n); await X; log(n); }; log(await Promise.allSettled([f(1), f(2)]));',
};

const guard = (body: string): string =>
  `try { ${body} log('end') } catch (error) { log('caught', error); await 1; log('after') } finally { log('finally'); await 2; log('last') }`;

function* awaits(): Generator<Program> {
  for (const [position, text] of Object.entries(positions)) {
    for (const [operand, value] of Object.entries(operands)) {
      const body = text.replaceAll('X', () => value);
      yield { name: `${position}: ${operand}`, code: inMain(guard(body)) };
    }
    yield { name: `${position}: not guarded`, code: inMain(text.replaceAll('X', "fail(1,'e')")) };
  }
}

const sources: Record<string, string> = {
  'async generator':
    "(async function* () { try { log('g'); yield 1; await 1; log('g2'); yield later(1, 2); yield 3; } finally { log('closing'); await 1; log('closed') } })()",
  'array of promises': '[later(1, 1), 2, later(2, 3)]',
  'array with a rejected one': "[1, fail(1, 'e'), 3]",
  'async iterator': "iterator('async', [1, 2, 3])",
  'sync iterator': "iterator('sync', [1, later(1, 2), 3])",
  'sync iterator of thenables': "iterator('sync', [{ then(ok) { ok(1) } }, 2])",
  'without return': "iterator('async', [1, 2, 3], { return: undefined })",
  'return that rejects': "iterator('async', [1, 2], { return() { log('return'); return fail(1, 'r') } })",
  'return that throws': "iterator('async', [1, 2], { return() { log('return'); throw 'r' } })",
  'return that is no object': "iterator('async', [1, 2], { return() { return 1 } })",
  'return that is no function': "iterator('async', [1, 2], { return: 1 })",
  'next that rejects': "iterator('async', [], { next() { log('next'); return fail(1, 'n') } })",
  'next that throws': "iterator('async', [], { next() { log('next'); throw 'n' } })",
  'next that is no object': "iterator('async', [], { next: () => 1 })",
  'next that is no function': "iterator('async', [], { next: 1 })",
  'not iterable': '({})',
  nothing: 'null',
  'iterator that is no object': '({ [Symbol.asyncIterator]: () => 1 })',
  'async generator that throws': "(async function* () { yield 1; await 1; throw 'e' })()",
  getters:
    "({ get [Symbol.asyncIterator]() { log('get'); return () => ({ get next() { log('get next'); let n = 0; return () => ({ done: n++ > 1, value: n }) }, get return() { log('get return'); return undefined } }) } })",
};

const bodies: Record<string, string> = {
  plain: 'log(x);',
  await: 'log(x); await 1; log(x);',
  break: 'log(x); if (x > 1) break; await 1;',
  continue: 'if (x === 1) continue; log(x); await 1;',
  'labelled break': 'inner: for (const y of [1, 2]) { log(x, y); await 1; if (y === 1) continue inner; if (x === 2) break outer; }',
  'labelled continue': 'for (const y of [1, 2]) { log(x, y); await 1; continue outer; }',
  return: "log(x); if (x > 1) return 'r'; await 1;",
  throw: "log(x); if (x > 1) throw 't';",
  reject: "log(x); if (x > 1) await fail(1, 't');",
  finally: "try { log(x); await 1; if (x > 1) return 'r' } finally { log('f'); await 1; log('f2') }",
};

function* loops(): Generator<Program> {
  for (const [source, iterable] of Object.entries(sources)) {
    for (const [kind, body] of Object.entries(bodies)) {
      yield {
        name: `for await over ${source}: ${kind}`,
        code: inMain(guard(`outer: for await (const x of ${iterable}) { ${body} } log('behind'); await 1;`)),
      };
    }
    yield {
      name: `yield* of ${source}`,
      code: inMain(
        guard(
          `async function* g() { try { log('r', yield* ${iterable}) } finally { log('gf'); await 1 } } const i = g(); log(await i.next('a')); log(await i.next('b')); log(await i.return('c')); log(await i.next());`,
        ),
      ),
    };
    yield {
      name: `yield* of ${source}, thrown into`,
      code: inMain(
        guard(
          `async function* g() { try { log('r', yield* ${iterable}) } catch (e) { log('gc', e); yield 9 } } const i = g(); log(await i.next()); log(await i.throw('t')); log(await i.next());`,
        ),
      ),
    };
  }
}

const steps: Record<string, string> = {
  await: "await 1; log('a');",
  reject: "await fail(1, 'e'); log('never');",
  throw: "await 1; throw 't';",
  return: "return later(1, 'r');",
  'return await': "return await later(1, 'ra');",
  'return reject': "return fail(1, 're');",
  break: 'if (log() === undefined) break;',
};

function* tries(): Generator<Program> {
  for (const [a, one] of Object.entries(steps)) {
    for (const [b, two] of Object.entries(steps)) {
      yield {
        name: `try ${a} catch ${b}`,
        code: inMain(`for (const i of [1, 2]) { log(i); try { log('try'); ${one} } catch (e) { log('catch', e); ${two} } } log('behind')`),
      };
      yield {
        name: `try ${a} finally ${b}`,
        code: inMain(`for (const i of [1, 2]) { log(i); try { log('try'); ${one} } finally { log('finally'); ${two} } } log('behind')`),
      };
      yield {
        name: `generator: try ${a} finally ${b}`,
        code: inMain(`async function* g() { for (const i of [1, 2]) { try { log('try', yield i); ${one} } finally { log('finally', yield 'f'); ${two} } } log('behind') }
          const i = g(); for (const m of ['next', 'next', 'throw', 'next', 'return', 'next']) { try { log(m, await i[m](m)) } catch (e) { log('out', e) } }`),
      };
    }
  }
}

const generatorCalls = [
  ['next', 'next', 'next', 'next'],
  ['return', 'next'],
  ['throw', 'next'],
  ['next', 'return', 'next'],
  ['next', 'throw', 'next'],
  ['next', 'next', 'throw', 'return'],
];
const generatorBodies: Record<string, string> = {
  plain: "log('a'); log(yield 1); log(yield 2); return 3;",
  awaits: "await 1; log(yield later(1, 1)); await 2; return later(1, 'r');",
  'yields a rejected one': "try { yield fail(1, 'e') } catch (e) { log('c', e); yield 'again' }",
  'finally that yields': "try { log(yield 1); } finally { log('f'); yield 'f'; log('f2') }",
  'returns in try': "try { yield 1; return fail(1, 'r') } catch (e) { log('c', e); return 'c' } finally { log('f'); await 1 }",
  'yields nothing': 'const a = yield; log(a); yield\nlog(yield)',
  'yields a thenable': "yield thenable('v'); return thenable('r');",
  'delegates to a generator':
    "log('d', yield* (async function* () { try { log(yield 'x'); return 'y' } finally { log('df'); await 1 } })());",
  'delegates to an array': "log('d', yield* [later(1, 1), 2]);",
};

function* generators(): Generator<Program> {
  for (const [name, body] of Object.entries(generatorBodies)) {
    for (const calls of generatorCalls) {
      const one = calls
        .map((call, index) => `try { log('${call}', await i.${call}('${call}${index}')) } catch (e) { log('out', e) }`)
        .join(' ');
      yield { name: `generator ${name}: ${calls.join()}`, code: inMain(`const i = (async function* () { ${body} })(); ${one}`) };
      yield {
        name: `generator ${name}: ${calls.join()} queued`,
        code: inMain(
          `const i = (async function* () { ${body} })(); log(await Promise.allSettled([${calls.map((call, index) => `i.${call}('${call}${index}')`).join()}]))`,
        ),
      };
    }
  }
}

const using: Record<string, string> = {
  one: "await using a = resource('a'); log(a.name); await 1; log('end');",
  two: "await using a = resource('a'), b = resource('b', 'sync'); log('end');",
  'with await': "await using a = await later(1, resource('a')); log('end');",
  'nothing to dispose of': "await using a = null; log('end'); await 1;",
  'in a block': "{ await using a = resource('a'); log('in') } log('behind'); await 1; log('more');",
  'in a block with nothing': "{ await using a = undefined; log('in') } log('behind');",
  'in a loop': "for (const n of ['a', 'b']) { await using r = resource(n); log(n); if (n === 'a') continue; await 1 } log('behind');",
  'in a loop head': "for (await using r of [resource('a'), resource('b')]) { log(r.name); await 1 } log('behind');",
  'in a for await head': "for await (await using r of [later(1, resource('a')), resource('b')]) { log(r.name); break } log('behind');",
  'in a for head': "let n = 0; for (await using r = resource('a'); n < 2; n++) { log(n); await 1 } log('behind');",
  'in a labelled for head':
    "let n = 0; out: for (await using r = resource('a'); n < 3; n++) { for (;;) { log(n); await 1; if (n) break out; continue out } } log('behind');",
  'disposal that throws': "try { await using a = resource('a', 'async', true); log('in') } catch (e) { log('caught', e) } log('behind');",
  'two that throw':
    "try { await using a = resource('a', 'async', true), b = resource('b', 'sync', true); throw 'body' } catch (e) { log('caught', e) }",
  'body that rejects': "try { await using a = resource('a'); await fail(1, 'e') } catch (e) { log('caught', e) } finally { log('f') }",
  'not disposable': "try { await using a = {}; log('never') } catch (e) { log('caught', e) }",
  'not an object': "try { await using a = 1; log('never') } catch (e) { log('caught', e) }",
  return: "await using a = resource('a'); return later(1, 'r');",
  'in an arrow': "log(await (async () => { await using a = resource('a'); return 1 })());",
  'in a generator':
    "async function* g() { await using a = resource('a'); log(yield 1); yield 2 } for await (const x of g()) { log(x); break } log('behind');",
  'plain using': "using a = resource('a', 'sync'); await 1; log('end');",
  'plain using, rejected': "try { using a = resource('a', 'sync'); await fail(1, 'e') } catch (e) { log('caught', e) }",
  'plain using in a loop head': "for (using r of [resource('a', 'sync')]) { await 1; log(r.name) }",
  'break through a block': "outer: for (;;) { await using a = resource('a'); await 1; break outer } log('behind');",
  'in switch of a block': "switch (1) { case 1: { await using a = resource('a'); log('in'); break } } log('behind');",
  'seen by closures': "const f = () => late; await using a = resource('a'); const late = 5; log(f());",
};

const others: Record<string, string> = {
  'name, length, kind':
    'async function f(a, b = 1) { await 1 } const g = async (a) => await a; const o = { async m(a, b) { await 1 }, async *gen() { yield 1 } }; log(f, g, o.m, o.gen, f.constructor.name, o.gen.constructor.name, f instanceof (async () => {}).constructor);',
  'this and arguments':
    'async function f() { await 1; return [this.v, arguments.length, arguments[1]] } log(await f.call({ v: 1 }, 2, 3));',
  'arguments in an arrow': 'async function f() { const g = async () => { await 1; return arguments[0] }; return g() } log(await f(7));',
  super:
    'class A { async m(x) { await 1; return x } get p() { return 5 } } class B extends A { async m(x) { const r = await super.m(x + 1); const g = async () => (await 1, super.p); return [r, await g()] } } log(await new B().m(1));',
  'new.target': 'function F() { return (async () => { await 1; return new.target === F })() } log(await new F());',
  'private names':
    'class A { #x = 1; async #m() { await 1; return this.#x } async m() { return (await this.#m()) + (#x in this) } static async s() { await 1; return new A().m() } } log(await A.s());',
  fields:
    'class A { f = async () => { await 1; return this.v }; v = 2; static s = (async () => { await 1; return 3 })(); static { this.t = (async () => { await 1; log("static"); return 4 })() } } log(await new A().f(), await A.s, await A.t);',
  'default parameters':
    'const f = async (a = (log("d"), 1), b = async () => (await 1, a), { c = 3 } = {}) => { await 1; return [a, await b(), c] }; log(await f());',
  'parameters that throw':
    'const f = async (a = (() => { throw "p" })()) => { await 1 }; try { await f() } catch (e) { log(e) } const g = async ({ a }) => { await 1 }; try { await g() } catch (e) { log(e) }',
  hoisting: 'log(f()); await 1; function f() { return typeof g } async function g() { await 1 } log(f());',
  'functions twice': 'function f() { return 1 } await 1; function f() { return 2 } log(f(), f.name, f.length);',
  'functions beside var':
    'var f; await 1; function f(a) { return 3 } log(f(), f.name, f.length); { var g = 1; } async function g() { await 1 } log(g);',
  'function after var': 'log(typeof f); var f = 1; await 1; function f() {} log(typeof f);',
  'closures in loops':
    'const fs = []; for (let i = 0; i < 3; i++) { await i; fs.push(() => i) } for (const x of [1, 2]) { fs.push(() => x); await 1 } log(fs.map((f) => f()));',
  'temporal dead zone': 'try { x; await 1; let x = 1 } catch (e) { log(e) } try { await 1; y } catch (e) { log(e) } const y = 1;',
  directive: '"use strict"; await 1; log((function () { return this })() === undefined);',
  'directive without semicolon': '"use strict"\nawait 1; log((function () { return this })() === undefined);',
  'sloppy function': 'const f = async function () { await 1; x1 = 5; return this === globalThis }; log(await f(), delete globalThis.x1);',
  'no semicolons': 'const a = await 1\nconst b = await 2\nawait 3\n;[a, b].map(log)\nif (a) await 4\nelse await 5\nlog(a)\n',
  'one-line bodies':
    'if (await 1) for (const x of [1]) await x; else await 2; for await (const x of [1, 2]) log(x); if (1) for await (const x of [3]) log(x); else log("no")',
  'labelled blocks': 'a: { await 1; b: { if (log() === undefined) break a; await 2 } log("never") } log("behind")',
  'switch falls through':
    'for (const v of [1, 2, 3]) switch (v) { case 1: await 1; log(1); case 2: log(2); await 2; break; default: { await 3; log(3) } }',
  'catch without binding': 'try { await fail(1, 1) } catch { log("c"); try { throw 2 } catch ({ length }) { log(length) } }',
  'nested try':
    'try { try { await fail(1, "a") } finally { log("f"); await fail(1, "b") } } catch (e) { log(e); try { await fail(0, "c") } catch (e2) { log(e, e2) } }',
  'for await with a pattern': 'for await (const { a, b: [c] = [9] } of [{ a: 1 }, { a: 2, b: [3] }]) log(a, c)',
  'for await into a variable':
    'let x; const o = {}; for await (x of [1, 2]) log(x); for await (o.p of [3]) log(o); for await (var v of [4]); log(x, v)',
  'for await, shadowed': 'const x = [1, 2]; for await (const y of x) { const x = y; let z = x; log(z) }',
  'async methods of objects':
    'const o = { v: 1, async a() { await 1; return this.v }, async "b c"() { return this.a() }, async [await "k"]() { await 1; return super.toString === Object.prototype.toString }, get g() { return (async () => (await 1, this.v))() } }; log(await o.a(), await o["b c"](), await o.k(), await o.g);',
  'promise of itself': 'let p; p = (async () => { await 1; return p })(); try { await p } catch (e) { log(e) }',
  'many awaits': 'let s = 0; for (let i = 0; i < 50; i++) s += await i; log(s)',
  'regular expressions and divisions': 'const a = await 4 / 2; const b = (await /x/g).flags; log(a, b, await 1 / (await 2) / 1)',
  'exponent and unary': 'log((await 2) ** (await 3), -(await 1), +await "4", typeof await 1)',
  'in a template of templates': 'log(`${await `${await 1}${`${await 2}`}`}`)',
  generators:
    'function* g() { const f = async () => { await 1; return 1 }; yield f(); yield* [f()] } for (const p of g()) log(await p); for await (const x of g()) log(x)',
  'names like ours': 'const _es = 1, _esLeave = 2; await 1; log(_es, _esLeave)',
  'eval sees the scope': 'const q = 4; await 1; log(eval("q + 1"), new Function("return 1")())',
  'object with then as result': 'return { then(ok) { log("then"); ok("x") } }',
  'comma arrow': 'log(await (async (a) => (a, await a))(3), await (async () => (await 1, await 2))())',
  'getter on the way': 'const o = { get p() { log("get"); return later(1, "p") } }; log(await o.p, await (await o).p)',
  'function named async': 'function async(x) { return x } var get = { async: 1, await: 2 }; log(async(await 1), get.async, get.await)',
  race: 'const r = []; const f = async (n) => { for (let i = 0; i < 3; i++) { r.push(n); await (n === 1 ? 1 : later(1, 1)) } }; await Promise.all([f(1), f(2), f(3)]); log(r.join(""))',
};

/** Every program, about 1,300 of them. */
export function programs(): Program[] {
  const named = (prefix: string, entries: Record<string, string>): Program[] =>
    Object.entries(entries).map(([name, body]) => ({ name: `${prefix}${name}`, code: inMain(body) }));
  // Two of the tries hold no `await` at all.
  return [...awaits(), ...loops(), ...tries(), ...generators(), ...named('using: ', using), ...named('', others)].filter(({ code }) =>
    /\b(?:await|yield|return)\b/.test(code),
  );
}
