import type { AwaitExpression, CallExpression, Node, ReturnStatement, YieldExpression } from 'oxc-parser';
import { type CodeScope, callAround, insert, type Rewriter } from './rewrite-scope.ts';

export function rewriteAwait(node: AwaitExpression, scope: CodeScope, rewriter: Rewriter): void {
  if (!scope.isAsync) {
    rewriter.visitChildren(node, scope);
    return;
  }
  scope.suspensionCount++;
  insert(rewriter, node.start, `${rewriter.call('resume')}(${rewriter.frame},`);
  callAround(rewriter, 'leave', node.argument, scope);
  insert(rewriter, node.end, ')');
}

export function rewriteYield(node: YieldExpression, scope: CodeScope, rewriter: Rewriter): void {
  if (!scope.isAsync) {
    rewriter.visitChildren(node, scope);
    return;
  }
  scope.suspensionCount++;
  insert(rewriter, node.start, `${rewriter.call('resume')}(${rewriter.frame},`);
  if (node.argument) {
    callAround(rewriter, node.delegate ? 'delegate' : 'pause', node.argument, scope);
    insert(rewriter, node.end, ')');
  } else {
    scope.isFramed = true;
    insert(rewriter, node.end, ` ${rewriter.call('pause')}(${rewriter.frame}))`);
  }
}

export function rewriteReturn(node: ReturnStatement, scope: CodeScope, rewriter: Rewriter): void {
  if (node.argument && scope.isAsync) rewriteReturned(node.argument, scope, rewriter);
  else rewriter.visitChildren(node, scope);
}

/** What an async function returns: the engine awaits it, and calls its `then` where it is a thenable. */
export function rewriteReturned(node: Node, scope: CodeScope, rewriter: Rewriter): void {
  const value = withoutParens(node);
  if (scope.isGenerator) {
    scope.suspensionCount++;
    callAround(rewriter, 'leave', node, scope);
  } else if (value.type === 'AwaitExpression') {
    // Nothing of this function runs behind it but `catch` and `finally`, which put the context back themselves.
    scope.suspensionCount++;
    callAround(rewriter, 'leave', value.argument, scope);
  } else if (mayBeThenable(value)) {
    const parens = node.type === 'SequenceExpression';
    insert(rewriter, node.start, `${rewriter.call('carry')}(${parens ? '(' : ''}`);
    rewriter.visit(node, scope);
    insert(rewriter, node.end, parens ? '))' : ')');
  } else {
    rewriter.visit(node, scope);
  }
}

/** `promise.then(callback)`: callbacks are bound to the active context. Only with the plugin's option `promises`. */
export function rewriteThen(node: CallExpression, scope: CodeScope, rewriter: Rewriter): void {
  const { callee } = node;
  const isThen =
    callee.type === 'MemberExpression' &&
    !callee.computed &&
    'name' in callee.property &&
    /^(then|catch|finally)$/.test(callee.property.name);
  rewriter.visit(callee, scope);
  for (const argument of node.arguments) {
    const isBound = isThen && argument.type !== 'SpreadElement' && argument.type !== 'Literal';
    if (isBound) insert(rewriter, argument.start, `${rewriter.call('boundToActive')}(`);
    rewriter.visit(argument, scope);
    if (isBound) insert(rewriter, argument.end, ')');
  }
}

const neverThenable =
  /^(Literal|TemplateLiteral|ArrowFunctionExpression|FunctionExpression|ClassExpression|ArrayExpression|UnaryExpression|BinaryExpression|UpdateExpression|AwaitExpression|ImportExpression|MetaProperty|JSXElement|JSXFragment|TSInstantiationExpression)$/;

function mayBeThenable(node: Node): boolean {
  const value = withoutParens(node);
  switch (value.type) {
    case 'ConditionalExpression':
      return mayBeThenable(value.consequent) || mayBeThenable(value.alternate);
    case 'LogicalExpression':
      return mayBeThenable(value.left) || mayBeThenable(value.right);
    case 'AssignmentExpression':
      return value.operator !== '=' || mayBeThenable(value.right);
    case 'SequenceExpression':
      return mayBeThenable(value.expressions.at(-1) ?? value);
    case 'Identifier':
      return value.name !== 'undefined';
    case 'ObjectExpression':
      return value.properties.some(
        (property) => property.type === 'SpreadElement' || property.computed || ('name' in property.key && property.key.name === 'then'),
      );
    case 'NewExpression':
      return !(value.callee.type === 'Identifier' && value.callee.name === 'Promise');
    case 'CallExpression':
      return !(
        value.callee.type === 'MemberExpression' &&
        value.callee.object.type === 'Identifier' &&
        value.callee.object.name === 'Promise'
      );
    default:
      return !neverThenable.test(value.type);
  }
}

function withoutParens(node: Node): Node {
  let value = node;
  while (
    value.type === 'ParenthesizedExpression' ||
    value.type === 'TSAsExpression' ||
    value.type === 'TSSatisfiesExpression' ||
    value.type === 'TSNonNullExpression'
  ) {
    value = value.expression;
  }
  return value;
}
