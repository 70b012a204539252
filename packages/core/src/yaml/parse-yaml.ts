import { CST, Lexer, Parser, parse, parseAllDocuments, YAMLParseError } from 'yaml';
import { CoreError } from '../errors.ts';

/** Deepest nesting of a document, in levels: what people write needs ten, and composing recurses. */
export const MAX_YAML_DEPTH = 100;

/**
 * Reads one YAML document, or JSON. Errors name the place and never what stands there, which may be a secret.
 * @throws CoreError `ERR_YAML_MALFORMED`
 */
export function parseYaml(text: string): unknown {
  assertShallow(text);
  try {
    return parse(text) as unknown;
  } catch (error) {
    const place = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    // The cause would quote the text: the parser's messages show the line.
    throw malformed(`is not YAML${place === undefined ? '' : ` (line ${place.line}, column ${place.col})`}`);
  }
}

/**
 * Reads every document of a YAML text, those without content left out. Errors are those of {@link parseYaml}.
 * @throws CoreError `ERR_YAML_MALFORMED`
 */
export function parseYamlDocuments(text: string): readonly unknown[] {
  assertShallow(text);
  return [...parseAllDocuments(text)].flatMap((document) => {
    const place = document.errors[0]?.linePos?.[0];
    if (document.errors.length > 0) {
      throw malformed(`is not YAML${place === undefined ? '' : ` (line ${place.line}, column ${place.col})`}`);
    }
    try {
      const value: unknown = document.toJS();
      return value === null ? [] : [value];
    } catch {
      // The cause would quote the text, as above: an alias that leads nowhere, or too many of them.
      throw malformed('is not YAML');
    }
  });
}

/**
 * Refuses a text that nests deeper than {@link MAX_YAML_DEPTH}. Composing recurses, and running out of stack inside it can end
 * the process, so this is to be asked before.
 * @throws CoreError `ERR_YAML_MALFORMED`
 */
export function assertShallow(text: string): void {
  assertFewOpen(text);
  for (const token of new Parser().parse(text)) {
    const at = tooDeepAt(token, MAX_YAML_DEPTH);
    if (at === undefined) continue;
    throw tooDeep(text.slice(0, at).split('\n').length);
  }
}

/** Refuses brackets and dashes beyond all measure from the lexemes alone: parsing them takes time that grows with the square. */
function assertFewOpen(text: string): void {
  let line = 1;
  let brackets = 0;
  let dashes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    switch (CST.tokenType(lexeme)) {
      case 'flow-seq-start':
      case 'flow-map-start':
        brackets += 1;
        break;
      case 'flow-seq-end':
      case 'flow-map-end':
        brackets -= 1;
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
        dashes += 1;
        break;
      case 'newline':
        dashes = 0;
        break;
      default:
    }
    if (brackets > MAX_YAML_DEPTH || dashes > MAX_YAML_DEPTH) throw tooDeep(line);
    if (lexeme.includes('\n')) line += lexeme.split('\n').length - 1;
  }
}

/** Offset of what lies deeper than `maxDepth` in a token, if something does. Walks without recursion. */
export function tooDeepAt(root: CST.Token, maxDepth: number): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return token.offset;
    const inner = [
      'value' in token ? token.value : undefined,
      ...('items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : []),
    ];
    for (const child of inner) {
      if (typeof child === 'object' && child !== null) open.push({ token: child, depth: depth + 1 });
    }
  }
  return undefined;
}

function tooDeep(line: number): CoreError {
  return malformed(`is nested more than ${MAX_YAML_DEPTH} levels deep (line ${line})`);
}

function malformed(message: string): CoreError {
  return new CoreError({ code: 'ERR_YAML_MALFORMED', message });
}
