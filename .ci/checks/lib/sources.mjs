// Reads TypeScript sources by their syntax tree, without types: imports, string unions, interface members.
import ts from 'typescript';
import { read } from './workspace.mjs';

const trees = new Map();

/** Syntax tree of a source file. */
export function parse(path) {
  let tree = trees.get(path);
  if (tree === undefined) {
    tree = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true);
    trees.set(path, tree);
  }
  return tree;
}

/** Calls `visit` for each node, parents first. */
export function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `path:line` of a node. */
export function where(tree, node) {
  return `${tree.fileName}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
}

/** Module specifiers of a file, each as `{ specifier, node, isDynamic, isTypeOnly }`. */
export function importsOf(tree) {
  const found = [];
  walk(tree, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const isTypeOnly = ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly;
      found.push({ specifier: node.moduleSpecifier.text, node, isDynamic: false, isTypeOnly });
    } else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteralLike(node.arguments[0])
    ) {
      found.push({ specifier: node.arguments[0].text, node, isDynamic: true, isTypeOnly: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ specifier: node.argument.literal.text, node, isDynamic: false, isTypeOnly: true });
    }
  });
  return found;
}

/** A comment as one line of plain text: without stars, tags and `{@link}` braces. */
function plain(comment) {
  return comment
    .replace(/^\/\*\*?|^\/\/|\*\/$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .replace(/\{@link\s+([^}|]+)(?:\|[^}]*)?\}/g, '`$1`')
    .split(/^@/m)[0]
    .replace(/\s+/g, ' ')
    .trim();
}

/** The comment in front of a node, as plain text. */
export function commentOf(tree, node) {
  const last = (ts.getLeadingCommentRanges(tree.text, node.getFullStart()) ?? []).at(-1);
  return last === undefined ? '' : plain(tree.text.slice(last.pos, last.end));
}

/** The comment in front of a member of a union, which stands before the member's bar or after it. */
export function unionMemberComment(tree, union, member) {
  const before = union.types[union.types.indexOf(member) - 1];
  const gap = tree.text.slice(before?.end ?? union.getFullStart(), member.getStart(tree));
  return plain(gap.match(/\/\*[\s\S]*?\*\/|\/\/.*/g)?.at(-1) ?? '');
}
