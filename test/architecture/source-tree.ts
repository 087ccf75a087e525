// What the architecture tests look at: each file of src with its imports (types too), read by the TypeScript parser.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

export interface Import {
  /** Path within src (`trace/span.ts`), or the specifier as it stands where it points outside. */
  target: string;
  isInside: boolean;
  isTypeOnly: boolean;
  isDynamic: boolean;
}

export interface SourceFile {
  /** Path within src. */
  path: string;
  room: string;
  imports: Import[];
  /** Lines that hold code: no blank lines, no comments. */
  codeLineCount: number;
  /** Names of module-level `let` and `var`. */
  moduleVariables: string[];
  /** Calls, `new` and other statements that run when the module is loaded, as text. */
  moduleEffects: string[];
  /** Names that classes extend. */
  baseClasses: string[];
  /** Names of what the module declares at its top level. */
  declarations: string[];
  /** Text of string and template literals, module specifiers apart. */
  strings: string[];
  /** True where the built module would be empty: interfaces and types only. */
  isTypesOnly: boolean;
}

const isTypeOnlyClause = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
  if (ts.isExportDeclaration(node)) {
    const elements = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
    return node.isTypeOnly || (elements.length > 0 && elements.every((element) => element.isTypeOnly));
  }
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { namedBindings: bindings } = clause;
  return !clause.name && !!bindings && ts.isNamedImports(bindings) && bindings.elements.every((element) => element.isTypeOnly);
};

function importOf(path: string, specifier: string, isTypeOnly: boolean, isDynamic: boolean): Import {
  const isInside = specifier.startsWith('.');
  return { target: isInside ? posix.join(posix.dirname(path), specifier) : specifier, isInside, isTypeOnly, isDynamic };
}

// What may stand at module level without running anything; inside functions and methods nothing runs at import.
const isDeclaration = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isVariableStatement(node) ||
  ts.isExportAssignment(node);

function effectsOf(statement: ts.Statement, tree: ts.SourceFile): string[] {
  const text = (node: ts.Node): string => node.getText(tree).split('\n')[0] ?? '';
  if (!isDeclaration(statement)) return [text(statement)];
  const effects: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (ts.isFunctionLike(node)) return;
    // A field's value is made by the constructor, unless the field is static.
    if (ts.isPropertyDeclaration(node) && !node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)) return;
    const isGlobal = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'globalThis';
    if (
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      ts.isTaggedTemplateExpression(node) ||
      ts.isAwaitExpression(node) ||
      isGlobal
    )
      effects.push(text(node));
    else ts.forEachChild(node, visit);
  };
  visit(statement);
  return effects;
}

/** Reads one file; `path` is its path within src. */
export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const file: SourceFile = {
    path,
    room: path.split('/')[0] ?? '',
    imports: [],
    codeLineCount: 0,
    moduleVariables: [],
    moduleEffects: tree.statements.flatMap((statement) => effectsOf(statement, tree)),
    baseClasses: [],
    declarations: [],
    strings: [],
    isTypesOnly: tree.statements.every(
      (node) =>
        ts.isInterfaceDeclaration(node) ||
        ts.isTypeAliasDeclaration(node) ||
        ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && isTypeOnlyClause(node)),
    ),
  };
  const codeLines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      file.imports.push(importOf(path, (node.moduleSpecifier as ts.StringLiteral).text, isTypeOnlyClause(node), false));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      file.imports.push(importOf(path, argument && ts.isStringLiteralLike(argument) ? argument.text : '(computed)', false, true));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      file.imports.push(importOf(path, node.argument.literal.text, true, false));
    } else if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node.parent)) {
      file.baseClasses.push(...node.types.map((type) => type.expression.getText(tree)));
    } else if ((ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) && !isSpecifier(node)) {
      file.strings.push(node.text);
    }
    const children = node.getChildren(tree);
    if (children.length === 0 && node.getWidth(tree) > 0) {
      const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
      for (let line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line; line <= last; line++) codeLines.add(line);
    }
    children.forEach(visit);
  };
  visit(tree);
  file.codeLineCount = codeLines.size;
  for (const statement of tree.statements) {
    if (ts.isVariableStatement(statement)) {
      const names = statement.declarationList.declarations.map((declaration) => declaration.name.getText(tree));
      if (!(statement.declarationList.flags & ts.NodeFlags.BlockScoped) || statement.declarationList.flags & ts.NodeFlags.Let)
        file.moduleVariables.push(...names);
      file.declarations.push(...names);
    } else if ('name' in statement && statement.name) file.declarations.push((statement.name as ts.Node).getText(tree));
  }
  return file;
}

const isSpecifier = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node.parent) ||
  ts.isExportDeclaration(node.parent) ||
  (ts.isCallExpression(node.parent) && node.parent.expression.kind === ts.SyntaxKind.ImportKeyword);

/** Every source file, the generated page apart. */
export function readSources(): SourceFile[] {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  return paths
    .filter((path) => /\.tsx?$/.test(path) && path !== 'viewer/page-html.ts')
    .toSorted()
    .map((path) => parseSource(path, readFileSync(`src/${path}`, 'utf8')));
}
