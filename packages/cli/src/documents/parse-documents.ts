import { tooDeepAt } from '@sallyport/core/yaml';
import { Composer, type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, Parser } from 'yaml';
import { DOCUMENT_LIMITS } from './limits.ts';

/** Place of a value in a document: names of fields and indexes of items. */
export type ValuePath = readonly PropertyKey[];

/** A document with the place that it came from. */
export interface SourceDocument {
  /** File as it was named, or `-` for standard input. */
  readonly source: string;
  /** Line on which it begins, from 1. */
  readonly line: number;
  readonly value: unknown;
  /** Line of a value inside it: of the nearest one around it that is there, when it is not. */
  lineOf(path: ValuePath): number;
}

/** Something wrong, and where. */
export interface DocumentProblem {
  readonly source: string;
  readonly line: number;
  readonly message: string;
}

/** What a text holds. Documents that a problem belongs to are left out. */
export interface ParsedDocuments {
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly DocumentProblem[];
}

/**
 * Reads YAML of any number of documents, or JSON. A list (`items`, as `get -o yaml` prints it) counts as its items.
 * Duplicate keys, unknown tags and aliases that expand without measure are problems. Empty documents are none.
 */
export function parseDocuments(text: string, source: string): ParsedDocuments {
  const lines = new LineCounter();
  const documents: SourceDocument[] = [];
  const problems: DocumentProblem[] = [];
  const lineAt = (offset: number) => lines.linePos(offset).line;
  // A byte order mark is no content; YAML allows it before the first document only.
  const tokens = [...new Parser(lines.addNewLine).parse(text.replace(/^\uFEFF/, ''))];
  // Composing recurses, and running out of stack inside it can end the process: depth is looked at before.
  const deep = tokens.map((token) => tooDeepAt(token, DOCUMENT_LIMITS.maxDepth)).find((offset) => offset !== undefined);
  if (deep !== undefined) {
    const message = `is nested more than ${DOCUMENT_LIMITS.maxDepth} levels deep`;
    return { documents, problems: [{ source, line: lineAt(deep), message }] };
  }
  for (const document of new Composer({ uniqueKeys: true, logLevel: 'silent' }).compose(tokens)) {
    const found = [...document.errors, ...document.warnings];
    for (const { pos, message } of found) problems.push({ source, line: lineAt(pos[0]), message: inOneLine(message) });
    const root = document.contents;
    if (found.length > 0 || root === null || (isScalar(root) && root.value === null)) continue;
    const line = lineAt(root.range?.[0] ?? 0);
    const lineOf = (path: ValuePath) => lineAt(offsetOf(document, path) ?? root.range?.[0] ?? 0);
    try {
      const value: unknown = document.toJS({ maxAliasCount: DOCUMENT_LIMITS.maxAliases });
      documents.push(...itemsOf({ source, line, value, lineOf }));
    } catch (error) {
      problems.push({ source, line, message: inOneLine(error instanceof Error ? error.message : String(error)) });
    }
  }
  return { documents, problems };
}

/** The items of a list, each with its own lines; any other document alone. */
function itemsOf(document: SourceDocument): readonly SourceDocument[] {
  const { value, lineOf } = document;
  const list = value as { readonly kind?: unknown; readonly items?: unknown } | null;
  const isList = Array.isArray(list?.items) && (list.kind === undefined || list.kind === 'List');
  if (!isList || !Array.isArray(list?.items)) return [document];
  return list.items.map((item: unknown, index) => ({
    source: document.source,
    line: lineOf(['items', index]),
    value: item,
    lineOf: (path) => lineOf(['items', index, ...path]),
  }));
}

/** Where the value at `path` begins, or the nearest value around it. A field begins with its name. */
function offsetOf(document: Document.Parsed, path: ValuePath): number | undefined {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0];
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      offset = isPair(pair) && isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
      offset = (next as Node | undefined)?.range?.[0] ?? offset;
    }
    if (next === undefined || next === null) return offset;
    node = next;
  }
  return offset;
}

function inOneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
