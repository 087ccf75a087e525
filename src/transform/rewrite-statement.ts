import type {
  BlockStatement,
  ForOfStatement,
  ForStatement,
  LabeledStatement,
  Node,
  Statement,
  TryStatement,
  VariableDeclaration,
} from 'oxc-parser';
import { type CodeScope, callAround, insert, type Rewriter, replace, resumeStatement } from './rewrite-scope.ts';

export function rewriteTry(node: TryStatement, scope: CodeScope, rewriter: Rewriter): void {
  const before = scope.suspensionCount;
  rewriter.visit(node.block, scope);
  for (const block of [node.handler, node.finalizer]) {
    if (!block) continue;
    // A rejected `await` comes here without having passed the call behind it.
    if (scope.isAsync && scope.suspensionCount > before) {
      const { start } = 'param' in block ? block.body : block;
      if ('param' in block && block.param) rewriter.visit(block.param, scope);
      insert(rewriter, start + 1, resumeStatement(rewriter, scope));
      rewriter.visit('param' in block ? block.body : block, scope);
    } else {
      rewriter.visit(block, scope);
    }
  }
}

/** Labels belong to the loop below them: what is put around a loop goes around its labels, too. */
export function rewriteLabeled(node: LabeledStatement, scope: CodeScope, rewriter: Rewriter): void {
  let inner: Statement = node;
  let labels = '';
  while (inner.type === 'LabeledStatement') {
    labels += `${inner.label.name}:`;
    inner = inner.body;
  }
  if (inner.type === 'ForOfStatement') rewriteForOf(inner, scope, rewriter, node);
  else if (inner.type === 'ForStatement') rewriteFor(inner, scope, rewriter, node, labels);
  else rewriter.visit(inner, scope);
}

export function rewriteForOf(node: ForOfStatement, scope: CodeScope, rewriter: Rewriter, whole: Node = node): void {
  if (!scope.isAsync) {
    rewriter.visitChildren(node, scope);
    return;
  }
  const before = scope.suspensionCount;
  const using = usingOf(node.left);
  if (node.await) insert(rewriter, whole.start, 'try{');
  let declared = '';
  if (using) {
    const [declarator] = using.declarations;
    if (declarator) {
      replace(rewriter, using.start, declarator.start, 'const ');
      declared = disposal(using, rewriter.code.slice(declarator.id.start, endOfName(declarator.id)), scope, rewriter);
    }
  } else {
    rewriter.visit(node.left, scope);
  }
  if (node.await) callAround(rewriter, 'iterate', node.right, scope);
  else rewriter.visit(node.right, scope);
  const open = insert(rewriter, node.body.start, '');
  rewriter.visit(node.body, scope);
  const close = insert(rewriter, node.body.end, '');
  const first = node.await ? resumeStatement(rewriter, scope) : '';
  if (scope.suspensionCount > before || using) {
    // An `await` that rejects leaves the loop, and the engine calls the iterator's `return()` before any `catch` runs.
    open.text = `{${first}try{${declared}`;
    close.text = `}finally{${resumeStatement(rewriter, scope)}}}`;
  } else if (first) {
    open.text = `{${first}`;
    close.text = '}';
  }
  if (node.await) {
    scope.suspensionCount++;
    insert(rewriter, whole.end, `}finally{${resumeStatement(rewriter, scope)}}`);
  }
}

/** `for (await using x = …; …; …)`: the declaration goes in front of the loop, into a block of its own. */
export function rewriteFor(node: ForStatement, scope: CodeScope, rewriter: Rewriter, whole: Node = node, labels = ''): void {
  const using = scope.isAsync ? usingOf(node.init) : undefined;
  if (!using) {
    rewriter.visitChildren(node, scope);
    return;
  }
  replace(rewriter, whole.start, using.start, '{try{');
  rewriteUsing(using, scope, rewriter);
  insert(rewriter, using.end, `${labels}for(`);
  for (const part of [node.test, node.update, node.body]) if (part) rewriter.visit(part, scope);
  insert(rewriter, whole.end, `}finally{${resumeStatement(rewriter, scope)}}}`);
}

/** The end of a block awaits what its `await using` declares, and what stands behind the block runs on. */
export function rewriteBlock(node: BlockStatement, scope: CodeScope, rewriter: Rewriter): void {
  const awaits = scope.isAsync && node.body.some((statement) => usingOf(statement)?.kind === 'await using');
  if (awaits) insert(rewriter, node.start + 1, 'try{');
  rewriter.visitChildren(node, scope);
  if (awaits) insert(rewriter, node.end - 1, `}finally{${resumeStatement(rewriter, scope)}}`);
}

export function rewriteVariables(node: VariableDeclaration, scope: CodeScope, rewriter: Rewriter): void {
  if (scope.isAsync && usingOf(node)) {
    rewriteUsing(node, scope, rewriter);
    return;
  }
  if (scope.isAsync && node.kind === 'var') for (const { id } of node.declarations) collectNames(id, scope.varNames);
  rewriter.visitChildren(node, scope);
}

/** `await using a = x, b = y` → `const a = x;await using $1 = disposable(frame, a);const b = y;await using $2 = …;` */
function rewriteUsing(node: VariableDeclaration, scope: CodeScope, rewriter: Rewriter): void {
  let from = node.start;
  let text = '';
  for (const declarator of node.declarations) {
    replace(rewriter, from, declarator.start, `${text}const `);
    if (declarator.init) rewriter.visit(declarator.init, scope);
    from = declarator.end;
    text = `;${disposal(node, rewriter.code.slice(declarator.id.start, endOfName(declarator.id)), scope, rewriter)}`;
  }
  insert(rewriter, from, text);
}

function disposal({ kind }: VariableDeclaration, name: string, scope: CodeScope, rewriter: Rewriter): string {
  scope.isFramed = true;
  if (kind === 'await using') scope.suspensionCount++;
  return `${kind} ${rewriter.variable()}=${rewriter.call(kind === 'using' ? 'disposableNow' : 'disposable')}(${rewriter.frame},${name});`;
}

function usingOf(node: Node | null | undefined): VariableDeclaration | undefined {
  return node?.type === 'VariableDeclaration' && (node.kind === 'using' || node.kind === 'await using') ? node : undefined;
}

function endOfName(id: Node): number {
  return id.type === 'Identifier' ? id.start + id.name.length : id.end;
}

function collectNames(pattern: Node, names: Set<string>): void {
  if (pattern.type === 'Identifier') names.add(pattern.name);
  else if (pattern.type === 'AssignmentPattern') collectNames(pattern.left, names);
  else if (pattern.type === 'RestElement') collectNames(pattern.argument, names);
  else if (pattern.type === 'ArrayPattern') for (const element of pattern.elements) element && collectNames(element, names);
  else if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) collectNames(property.type === 'RestElement' ? property : property.value, names);
  }
}
