import type { ArrowFunctionExpression, Class, FunctionBody, Function as FunctionNode } from 'oxc-parser';
import { rewriteReturned } from './rewrite-expression.ts';
import { type CodeScope, createScope, insert, type Rewriter, replace } from './rewrite-scope.ts';

/** A function of any kind: parameters are code of nobody, as they hold no `await`; the body of an async one gets its frame. */
export function rewriteFunction(node: FunctionNode | ArrowFunctionExpression, _scope: CodeScope, rewriter: Rewriter): void {
  for (const parameter of node.params) rewriter.visit(parameter, createScope(false, false));
  const { body } = node;
  if (!body) return;
  const scope = createScope(node.async, node.generator);
  if (!node.async) rewriter.visit(body, scope);
  else if (body.type === 'BlockStatement') rewriteBody(body, scope, rewriter);
  else {
    const open = insert(rewriter, body.start, '');
    rewriteReturned(body, scope, rewriter);
    const close = insert(rewriter, body.end, '');
    if (scope.isFramed) {
      open.text = `{${entry(rewriter)}return `;
      close.text = `${end(rewriter)}}`;
    }
  }
}

function rewriteBody(body: FunctionBody, scope: CodeScope, rewriter: Rewriter): void {
  const directive = body.body.findLast((statement) => 'directive' in statement && statement.directive);
  const at = directive ? directive.end : body.start + 1;
  const open = insert(rewriter, at, '');
  for (const statement of body.body) rewriter.visit(statement, scope);
  const close = insert(rewriter, body.end - 1, '');
  if (!scope.isFramed) return;
  open.text = `${directive ? ';' : ''}${entry(rewriter)}`;
  close.text = end(rewriter);
  const assigned = assignFunctions(body, scope, rewriter, at);
  if (assigned.length) open.text += `var ${assigned.join()};`;
}

/**
 * In a block, unlike in a function's body, a function may not be declared twice or beside a `var` of the same name. Such ones become what they
 * are: variables with a value from the beginning.
 */
function assignFunctions(body: FunctionBody, scope: CodeScope, rewriter: Rewriter, to: number): string[] {
  const functions = body.body.filter((statement): statement is FunctionNode => statement.type === 'FunctionDeclaration');
  const names = functions.map(({ id }) => id?.name ?? '');
  const clashing = names.filter((name, index) => names.indexOf(name) !== index || scope.varNames.has(name));
  for (const { id, start, end } of functions) {
    if (!id || !clashing.includes(id.name)) continue;
    replace(rewriter, start, id.end, `${id.name}=${rewriter.code.slice(start, id.start)}`);
    insert(rewriter, end, ';');
    rewriter.moves.push({ start, end, to });
  }
  return [...new Set(clashing)];
}

function entry(rewriter: Rewriter): string {
  return `const ${rewriter.frame}=${rewriter.call('enter')}();try{`;
}

function end(rewriter: Rewriter): string {
  return `}finally{${rewriter.call('exit')}(${rewriter.frame})}`;
}

/** The values of fields and static blocks are functions of their own; computed keys, heritage and decorators belong to the code around. */
export function rewriteClass(node: Class, scope: CodeScope, rewriter: Rewriter): void {
  for (const decorator of node.decorators) rewriter.visit(decorator, scope);
  if (node.superClass) rewriter.visit(node.superClass, scope);
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock') {
      rewriter.visitChildren(member, createScope(false, false));
    } else if (member.type === 'PropertyDefinition' || member.type === 'AccessorProperty') {
      for (const decorator of member.decorators ?? []) rewriter.visit(decorator, scope);
      if (member.computed) rewriter.visit(member.key, scope);
      if (member.value) rewriter.visit(member.value, createScope(false, false));
    } else {
      rewriter.visit(member, scope);
    }
  }
}
