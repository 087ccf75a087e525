import MagicString, { type SourceMap } from 'magic-string';
import { type Node, type Program, parseSync, rawTransferSupported, visitorKeys } from 'oxc-parser';
import { rewriteAwait, rewriteReturn, rewriteThen, rewriteYield } from './rewrite-expression.ts';
import { rewriteClass, rewriteFunction } from './rewrite-function.ts';
import { type CodeScope, createScope, type Rewriter, type RunTimeCall } from './rewrite-scope.ts';
import { rewriteBlock, rewriteFor, rewriteForOf, rewriteLabeled, rewriteTry, rewriteVariables } from './rewrite-statement.ts';

/** What transformed code imports its calls from; also the mark of code that is transformed already. */
export const RUN_TIME_ID = 'edgespan/save-restore/on';

export type SourceLanguage = 'js' | 'jsx' | 'ts' | 'tsx';

export interface TransformAsyncOptions {
  /** For the source map and messages. */
  filename?: string;
  /** Default: by the ending of `filename`, else JavaScript with JSX. What is written stays in the language. */
  lang?: SourceLanguage;
  /** Where code of no module can come: all is ESM. Default: seen by the code, which is CommonJS if it speaks of `require` or `exports`. */
  isModule?: boolean;
  /** Default true. */
  map?: boolean;
  /** Also bind the callbacks of `.then()`, `.catch()` and `.finally()`. Default false. */
  promises?: boolean;
}

export interface TransformedCode {
  code: string;
  map: SourceMap | undefined;
}

type Handler = (node: never, scope: CodeScope, rewriter: Rewriter) => void;

const handlers: Record<string, Handler | undefined> = {
  FunctionDeclaration: rewriteFunction as Handler,
  FunctionExpression: rewriteFunction as Handler,
  ArrowFunctionExpression: rewriteFunction as Handler,
  ClassDeclaration: rewriteClass as Handler,
  ClassExpression: rewriteClass as Handler,
  AwaitExpression: rewriteAwait as Handler,
  YieldExpression: rewriteYield as Handler,
  ReturnStatement: rewriteReturn as Handler,
  TryStatement: rewriteTry as Handler,
  LabeledStatement: rewriteLabeled as Handler,
  ForOfStatement: rewriteForOf as Handler,
  ForStatement: rewriteFor as Handler,
  BlockStatement: rewriteBlock as Handler,
  VariableDeclaration: rewriteVariables as Handler,
};

/**
 * Rewrites a module so that the active context survives each `await` and `yield` of its async functions. They stay native: name, length,
 * constructor, order of effects and number of ticks are the same, no line moves. Top-level `await` is left alone.
 *
 * @returns undefined where there is nothing to do: no async function, transformed already, or no parser's error-free code (the bundler's
 * own parser has the better message).
 * @throws RangeError where code is nested deeper than the stack is.
 * @example
 * ```ts
 * transformAsync('export const f = async () => { await g(); h() }')?.code
 * ```
 */
export function transformAsync(code: string, options: TransformAsyncOptions = {}): TransformedCode | undefined {
  const { filename = 'module.js', lang = languageOf(filename), map = true, promises = false } = options;
  const places = promises ? /\basync\b|\.\s*(?:then|catch|finally)\b/g : /\basync\b/g;
  if (code.search(places) < 0 || code.includes(RUN_TIME_ID)) return undefined;
  const parsed = parse(filename, code, lang);
  if (!parsed) return undefined;
  const { program } = parsed;
  const isModule = options.isModule ?? parsed.isModule;
  const calls = new Map<RunTimeCall, string>();
  const rewriter = createRewriter(code, calls, places, promises);
  rewriter.visitChildren(program, createScope(false, false));
  if (!calls.size) return undefined;

  const { at: front, first } = frontOf(program, code);
  const names = [...calls];
  const imported = isModule
    ? `import{${names.map(([name, alias]) => `${name} as ${alias}`).join()}}from"${RUN_TIME_ID}";`
    : `var{${names.map(([name, alias]) => `${name}:${alias}`).join()}}=require("${RUN_TIME_ID}");`;
  rewriter.edits.unshift({ at: front, end: front, text: first + imported });

  const text = new MagicString(code, { filename });
  for (const { at, end, text: added } of rewriter.edits.sort((a, b) => a.at - b.at)) {
    if (end > at) text.update(at, end, added);
    else if (added) text.appendLeft(at, added);
  }
  for (const { start, end, to } of rewriter.moves) text.move(start, end, to);
  return { code: text.toString(), map: map ? text.generateMap({ source: filename, includeContent: true, hires: 'boundary' }) : undefined };
}

function createRewriter(code: string, calls: Map<RunTimeCall, string>, places: RegExp, promises: boolean): Rewriter {
  const found = Array.from(code.matchAll(places), ({ index }) => index);
  let prefix = '_es';
  for (let tries = 1; code.includes(prefix); tries++) prefix = `_es${tries}_`;
  let variableCount = 0;
  const rewriter: Rewriter = {
    code,
    edits: [],
    moves: [],
    frame: prefix,
    visit(node, scope) {
      // Outside of async functions only the way to the next one is walked. A method's `async` stands before its function's node.
      if (!scope.isAsync && !('async' in node && node.async) && !isBetween(found, node.start, node.end)) return;
      const handler = handlers[node.type] ?? (promises && node.type === 'CallExpression' ? (rewriteThen as Handler) : undefined);
      if (handler) handler(node as never, scope, rewriter);
      else rewriter.visitChildren(node, scope);
    },
    visitChildren(node, scope) {
      for (const key of visitorKeys[node.type] ?? []) {
        const child = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[key];
        if (Array.isArray(child)) {
          for (const item of child) if (item) rewriter.visit(item, scope);
        } else if (child) rewriter.visit(child, scope);
      }
    },
    call(name) {
      const alias = calls.get(name) ?? `${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`;
      calls.set(name, alias);
      return alias;
    },
    variable: () => `${prefix}${++variableCount}`,
  };
  return rewriter;
}

function isBetween(sorted: number[], start: number, end: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return (sorted[low] ?? end) < end;
}

function parse(filename: string, code: string, lang: SourceLanguage): { program: Program; isModule: boolean } | undefined {
  const raw = rawTransferSupported() ? { experimentalRawTransfer: true } : {};
  // A module without `import` and `export` may be known by its top-level await alone; `return` at the top is CommonJS's.
  for (const sourceType of ['unambiguous', 'module', 'commonjs'] as const) {
    const result = parseSync(filename, code, { lang, sourceType, ...raw });
    if (result.errors.length) continue;
    const { program } = result;
    // Neither `import` nor `export`: a module of effects, unless it speaks CommonJS.
    return {
      program,
      isModule: program.sourceType === 'module' || (sourceType !== 'commonjs' && !/\b(?:require|module|exports)\b/.test(code)),
    };
  }
  return undefined;
}

/** Behind `#!` and directives such as `'use client'`. */
function frontOf(program: Program, code: string): { at: number; first: string } {
  const directive = program.body.findLast((statement) => 'directive' in statement && statement.directive);
  if (directive) return { at: directive.end, first: ';' };
  if (!program.hashbang) return { at: 0, first: '' };
  return { at: Math.min(program.hashbang.end + 1, code.length), first: code.length > program.hashbang.end ? '' : '\n' };
}

function languageOf(filename: string): SourceLanguage {
  const ending = /\.[cm]?([jt]sx?)(?:$|\?)/.exec(filename)?.[1];
  return ending === 'ts' || ending === 'tsx' ? ending : 'jsx';
}
