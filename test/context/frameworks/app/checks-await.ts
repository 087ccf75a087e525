import { viaCommonJs } from 'third-party/commonjs';
import { Query, RowReader, viaDependency } from 'third-party/esm';
import { active, type Check, inContext, need } from './check.ts';

const json = '/data.json';

export const awaitChecks: Record<string, Check> = {
  'await of a promise': async (look) => {
    await Promise.resolve();
    look();
  },
  'await of a plain value': async (look) => {
    await 1;
    look();
  },
  'second await': async (look) => {
    await 1;
    await 2;
    look();
  },
  'await fetch()': async (look) => {
    await fetch(json);
    look();
  },
  'await response.json()': async (look) => {
    const response = await fetch(json);
    await response.json();
    look();
  },
  'await of a platform promise (subtle.digest)': async (look) => {
    await crypto.subtle.digest('SHA-256', new Uint8Array(1));
    look();
  },
  'await blob.text()': async (look) => {
    await new Blob(['x']).text();
    look();
  },
  'await createImageBitmap()': async (look) => {
    await createImageBitmap(new ImageData(1, 1));
    look();
  },
  'await reader.read()': async (look) => {
    const reader = new Response('abc').body?.getReader();
    while (!(await reader?.read())?.done) look();
    look();
  },
  'await import()': async (look) => {
    await import(/* @vite-ignore */ `${location.origin}/empty.js`);
    look();
  },
  'inside a nested async function': async (look) => {
    const inner = async (): Promise<void> => {
      await 1;
      look();
    };
    await inner();
  },
  'caller behind a nested async function': async (look) => {
    const inner = async (): Promise<number> => {
      await 1;
      return 1;
    };
    await inner();
    look();
  },
  'catch of a rejected await': async (look) => {
    try {
      await Promise.reject(new Error('x'));
    } catch {
      look();
    }
  },
  'finally of a rejected await': async (look) => {
    const inner = async (): Promise<void> => {
      try {
        await Promise.reject(new Error('x'));
      } finally {
        look();
      }
    };
    await inner().catch(() => {});
    look();
  },
  'behind catch and finally with awaits': async (look) => {
    try {
      await Promise.reject(new Error('x'));
    } catch {
      await 1;
      look();
    } finally {
      await 2;
      look();
    }
    look();
  },
  'return in try, await in finally': async (look) => {
    const inner = async (): Promise<number> => {
      try {
        return await Promise.resolve(1);
      } finally {
        await 1;
        look();
      }
    };
    await inner();
    look();
  },
  'await Promise.all': async (look) => {
    await Promise.all([fetch(json), 1]);
    look();
  },
  'await Promise.allSettled, race, any': async (look) => {
    await Promise.allSettled([Promise.reject(1)]);
    look();
    await Promise.race([Promise.resolve(1)]);
    look();
    await Promise.any([Promise.resolve(1)]);
    look();
  },
  'await of a thenable': async (look) => {
    // biome-ignore lint/suspicious/noThenProperty: the subject
    await { then: (resolve: (value: number) => void) => setTimeout(resolve, 1, 1) };
    look();
  },
  'inside the then of an awaited query builder': async (look) => {
    await 1;
    await new Query(() => look()).where();
    look();
  },
  'inside the then of a returned query builder': async (look) => {
    const inner = async (): Promise<unknown> => new Query(() => look()).where();
    await inner();
    look();
  },
  'subclass of Promise': async (look) => {
    class Mine<T> extends Promise<T> {}
    await Mine.resolve(1);
    look();
  },
  'operand of an operator': async (look) => {
    const sum = (await 1) + (await 2) * (look(), 1);
    look();
    look.expect(sum === 3, 'sum');
  },
  'template literal': async (look) => {
    const text = `${await 1}${(look(), 2)}`;
    look.expect(text === '12', 'text');
  },
  'arguments of a call': async (look) => {
    ((...parts: unknown[]) => look.expect(parts.length === 3, 'arguments'))(await 1, look(), await 2);
    look();
  },
  'optional chaining and nullish assignment': async (look) => {
    const object: { a?: number } = {};
    object.a ??= await 1;
    look();
    look.expect((await object)?.a === 1, 'value');
  },
  'default of a pattern': async (look) => {
    const { a = await 1, b = (look(), 2) } = {} as { a?: number; b?: number };
    look.expect(a + b === 3, 'value');
  },
  'computed key and class heritage': async (look) => {
    class Base {}
    class Made extends (await Promise.resolve(Base)) {
      [(look(), await 'm')] = 1;
    }
    look();
    look.expect('m' in new Made(), 'member');
  },
  'switch and conditional': async (look) => {
    switch (await 1) {
      case (look(), 1):
        look();
    }
    look.expect((await 1) ? (look(), true) : false, 'value');
  },
  'loops: for, while, do, for of, for in': async (look) => {
    for (let i = await 0; i < (await 2); i += await 1) look();
    let n = 0;
    while ((await n) < 2) {
      look();
      n++;
    }
    do look();
    while ((await n--) > 0);
    for (const x of [1, 2]) {
      await x;
      look();
    }
    for (const x in { a: 1 }) {
      await x;
      look();
    }
    look();
  },
  'labelled loops': async (look) => {
    outer: for (let i = 0; i < 2; i++) {
      for (;;) {
        await 1;
        look();
        if (i) break outer;
        continue outer;
      }
    }
    look();
  },
  'iterator closed by a rejected await': async (look) => {
    const closing = {
      [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }), return: () => (look(), { done: true, value: undefined }) }),
    };
    try {
      for (const _ of closing) await Promise.reject(new Error('x'));
    } catch {
      look();
    }
  },
  'default parameters': async (look) => {
    const inner = async (a = async () => (await 1, look(), 1), b = look()): Promise<void> => {
      await a();
      look();
      void b;
    };
    await inner();
  },
  'arguments and this': async (look) => {
    async function inner(this: object): Promise<void> {
      await 1;
      look();
      // biome-ignore lint/complexity/noArguments: the subject
      look.expect(arguments.length === 1 && 'me' in this, 'arguments');
    }
    await (inner as unknown as (this: object, a: number) => Promise<void>).call({ me: 1 }, 1);
  },
  'methods, private and super': async (look) => {
    class Base {
      async m(): Promise<void> {
        await 1;
        look();
      }
    }
    class Derived extends Base {
      async #p(): Promise<void> {
        await 1;
        look();
      }
      override async m(): Promise<void> {
        await this.#p();
        await super.m();
        look();
      }
    }
    await new Derived().m();
    look();
  },
  'class fields': async (look) => {
    class Fields {
      run = async (): Promise<void> => {
        await 1;
        look();
      };
    }
    await new Fields().run();
  },
  'class static block': async (look) => {
    let made: Promise<void> | undefined;
    class Static {
      static {
        made = (async () => {
          await 1;
          look();
        })();
      }
    }
    void Static;
    await made;
    look();
  },
  'object methods': async (look) => {
    const object = {
      async m(): Promise<void> {
        await 1;
        look();
      },
    };
    await object.m();
  },
  'a context within a context': async (look) => {
    await 1;
    await inContext('B', async () => {
      look('B');
      await 1;
      look('B');
    });
    look();
    const beside = inContext('C', async () => {
      await 1;
      look('C');
    });
    look();
    await beside;
    look();
  },
  'error from a context within': async (look) => {
    try {
      await inContext('B', async () => {
        await 1;
        throw new Error('x');
      });
    } catch {
      look();
    }
  },
  '100 calls deep': async (look) => {
    const deep = async (n: number): Promise<void> => {
      if (n) await deep(n - 1);
      else await fetch(json);
      look();
    };
    await deep(100);
  },
  'dependency in ESM': async (look) => {
    await viaDependency(() => look());
    look();
  },
  'dependency in CommonJS': async (look) => {
    await viaCommonJs(() => look());
    look();
  },
  'for await over an async generator': async (look) => {
    async function* rows(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    for await (const _ of rows()) look();
  },
  'behind for await': async (look) => {
    for await (const _ of [1, 2]) await 1;
    look();
  },
  'for await over an array of promises': async (look) => {
    for await (const _ of [Promise.resolve(1), 2]) look();
  },
  'for await over a ReadableStream': async (look) => {
    const stream = new Blob(['hello']).stream();
    need(Symbol.asyncIterator in stream, 'async iteration of streams');
    for await (const _ of stream as unknown as AsyncIterable<unknown>) look();
  },
  'for await over a third-party iterator': async (look) => {
    for await (const _ of new RowReader([1, 2], () => {})) look();
    look();
  },
  'inside a third-party iterator: next()': async (look) => {
    for await (const _ of new RowReader([1, 2], () => look())) look();
  },
  'inside a third-party iterator: return()': async (look) => {
    for await (const _ of new RowReader([1, 2], () => look())) break;
    look();
  },
  'for await left by return, throw and labels': async (look) => {
    const returns = async (): Promise<void> => {
      for await (const _ of [1]) return look();
    };
    await returns();
    look();
    try {
      for await (const _ of [1]) throw new Error('x');
    } catch {
      look();
    }
    for (const x of [1, 2]) {
      for await (const _ of [x]);
    }
    look();
  },
  'inside an async generator behind yield': async (look) => {
    async function* rows(): AsyncGenerator<number> {
      look();
      yield 1;
      look();
      yield 2;
      look();
    }
    for await (const _ of rows()) await 1;
  },
  'inside an async generator behind await': async (look) => {
    async function* rows(): AsyncGenerator<number> {
      await 1;
      look();
      yield 1;
      await fetch(json);
      look();
    }
    for await (const _ of rows());
  },
  'async generator asked from another context': async (look) => {
    async function* rows(): AsyncGenerator<string | undefined> {
      for (;;) {
        await 1;
        yield active();
      }
    }
    const iterator = rows();
    for (const name of ['B', 'C']) look.expect((await inContext(name, () => iterator.next())).value === name, `not ${name}`);
    look();
  },
  'next() called three times at once': async (look) => {
    async function* rows(): AsyncGenerator<number> {
      for (let i = 0; ; i++) {
        look();
        yield i;
        await 1;
        look();
      }
    }
    const iterator = rows();
    await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    look();
  },
  'yield* of an async generator': async (look) => {
    async function* inner(): AsyncGenerator<number> {
      look();
      yield 1;
      await 1;
      look();
    }
    async function* outer(): AsyncGenerator<number> {
      yield* inner();
      look();
    }
    for await (const _ of outer()) look();
  },
  'yield* of an array': async (look) => {
    async function* outer(): AsyncGenerator<number> {
      yield* [1, 2];
      look();
    }
    for await (const _ of outer()) look();
  },
  'finally of an async generator that is left': async (look) => {
    async function* rows(): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        look();
        await 1;
        look();
      }
    }
    for await (const _ of rows()) break;
    look();
  },
  'throw() into an async generator': async (look) => {
    async function* rows(): AsyncGenerator<number> {
      try {
        yield 1;
      } catch {
        look();
        await 1;
        look();
      }
    }
    const iterator = rows();
    await iterator.next();
    await iterator.throw(1);
    look();
  },
};
