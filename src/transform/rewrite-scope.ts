import type { Node } from 'oxc-parser';

/** A piece of text to put in (`end` equals `at`) or in the place of another. Filled in later where what is inside decides. */
export interface Edit {
  at: number;
  end: number;
  text: string;
}

/** A stretch of code to move to the front of a function's body. */
export interface Move {
  start: number;
  end: number;
  to: number;
}

/** The code of one function, without the functions in it. */
export interface CodeScope {
  isAsync: boolean;
  isGenerator: boolean;
  /** How many places were seen where the function may be suspended. */
  suspensionCount: number;
  /** Whether its code names the frame, so that one has to be made at the entry. */
  isFramed: boolean;
  varNames: Set<string>;
}

/** The calls of the run-time, by their names in `edgespan/save-restore/on`. */
export type RunTimeCall =
  | 'enter'
  | 'exit'
  | 'leave'
  | 'pause'
  | 'resume'
  | 'carry'
  | 'iterate'
  | 'delegate'
  | 'disposable'
  | 'disposableNow'
  | 'boundToActive';

/** What the rewriting of one module shares. Edits are made in the order of the text, so that those at one place need no further order. */
export interface Rewriter {
  readonly code: string;
  readonly edits: Edit[];
  readonly moves: Move[];
  /** The frame's variable; unique in the module. */
  readonly frame: string;
  visit(node: Node, scope: CodeScope): void;
  visitChildren(node: Node, scope: CodeScope): void;
  /** The module's name for a call of the run-time, which is imported from now on. */
  call(name: RunTimeCall): string;
  /** A new variable, unique in the module. */
  variable(): string;
}

/** Code outside of any async function. */
export function createScope(isAsync: boolean, isGenerator: boolean): CodeScope {
  return { isAsync, isGenerator, suspensionCount: 0, isFramed: false, varNames: new Set() };
}

/** Adds an insertion and returns it. Behind a keyword that touches what follows (`await(x)`) a space is put first. */
export function insert({ code, edits }: Rewriter, at: number, text: string): Edit {
  const edit = { at, end: at, text: text && /[\w$]/.test(code[at - 1] ?? '') && /^[\w$]/.test(text) ? ` ${text}` : text };
  edits.push(edit);
  return edit;
}

export function replace({ edits }: Rewriter, at: number, end: number, text: string): void {
  edits.push({ at, end, text });
}

/** `name(frame, node)`. */
export function callAround(rewriter: Rewriter, name: RunTimeCall, node: Node, scope: CodeScope): void {
  const parens = node.type === 'SequenceExpression';
  scope.isFramed = true;
  insert(rewriter, node.start, `${rewriter.call(name)}(${rewriter.frame},${parens ? '(' : ''}`);
  rewriter.visit(node, scope);
  insert(rewriter, node.end, parens ? '))' : ')');
}

/** The statement that puts the function's context back. */
export function resumeStatement(rewriter: Rewriter, scope: CodeScope): string {
  scope.isFramed = true;
  return `${rewriter.call('resume')}(${rewriter.frame});`;
}
