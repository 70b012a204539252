import { type Document, isMap, isScalar, isSeq, type ParsedNode, parseDocument, stringify, type YAMLMap } from 'yaml';
import { CoreError } from '../errors.ts';
import { assertShallow } from '../yaml/parse-yaml.ts';
import { isRecord } from './owner.ts';

/** The three lists of a kubeconfig. */
export type Section = 'clusters' | 'users' | 'contexts';

/** Largest kubeconfig that is read, in bytes: hundreds of contexts with certificates inside stay below 1 MiB. */
export const MAX_KUBECONFIG_BYTES = 8 * 1024 * 1024;

/** A change to one list: `at` an existing index replaces or (without `entry`) removes; without `at` the entry is appended. */
export interface EntryEdit {
  readonly section: Section;
  readonly at?: number;
  readonly entry?: { readonly name: string };
}

/** A kubeconfig as text together with what it says. */
export interface ParsedKubeconfig {
  readonly text: string;
  readonly document: Document.Parsed<ParsedNode>;
  readonly entries: Readonly<Record<Section, readonly unknown[]>>;
  readonly currentContext: string;
}

/**
 * Reads a kubeconfig. It is data only: nothing that it names is run, opened or dialled, and custom tags stay text.
 * @throws CoreError `ERR_KUBECONFIG_MALFORMED`
 */
export function parseKubeconfig(text: string): ParsedKubeconfig {
  const size = Buffer.byteLength(text);
  if (size > MAX_KUBECONFIG_BYTES) throw malformed(`is ${size} bytes, limit is ${MAX_KUBECONFIG_BYTES}`);
  try {
    assertShallow(text);
  } catch (cause) {
    throw malformed((cause as Error).message, cause);
  }
  const document = parseDocument(text, { keepSourceTokens: true, prettyErrors: false });
  const [problem] = document.errors;
  // The parser's message can quote the text, and with it a secret: only its kind and place are told.
  if (problem)
    throw malformed(`is not YAML: ${problem.code} at line ${text.slice(0, problem.pos[0]).split('\n').length}`);
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch (cause) {
    throw malformed('has aliases that expand without end', cause);
  }
  if (!isRecord(value)) throw malformed('is not a mapping');
  if ((value['kind'] ?? 'Config') !== 'Config' || (value['apiVersion'] ?? 'v1') !== 'v1') {
    throw malformed('is not of kind Config, apiVersion v1');
  }
  const list = (section: Section): readonly unknown[] => {
    const items = value[section] ?? [];
    if (!Array.isArray(items)) throw malformed(`has ${section} that are not a list`);
    return items;
  };
  const currentContext = value['current-context'] ?? '';
  if (typeof currentContext !== 'string') throw malformed('has a current-context that is not text');
  return {
    text,
    document,
    entries: { clusters: list('clusters'), users: list('users'), contexts: list('contexts') },
    currentContext,
  };
}

/**
 * The text with the edits made and everything else left byte for byte as it is. Where a list is written in flow style
 * (JSON), there is no line to cut at, and the whole document is written anew instead.
 */
export function editKubeconfig(parsed: ParsedKubeconfig, edits: readonly EntryEdit[], currentContext?: string): string {
  const changesContext = currentContext !== undefined && currentContext !== parsed.currentContext;
  if (edits.length === 0 && !changesContext) return parsed.text;
  const spliced = spliceText(parsed, edits, changesContext ? currentContext : undefined);
  return spliced ?? rewrite(parsed, edits, changesContext ? currentContext : undefined);
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function spliceText(
  parsed: ParsedKubeconfig,
  edits: readonly EntryEdit[],
  currentContext?: string,
): string | undefined {
  const { text, document } = parsed;
  const root = document.contents;
  if (!isMap(root) || root.flow) return undefined;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const splices: Splice[] = [];
  let tail = '';

  for (const section of ['clusters', 'users', 'contexts'] as const) {
    const own = edits.filter((edit) => edit.section === section);
    if (own.length === 0) continue;
    const location = locateSection(text, root, section);
    if (location === undefined) return undefined;
    const added = own.flatMap((edit) => (edit.at === undefined && edit.entry ? [edit.entry] : []));
    if (location === 'absent') {
      if (added.length > 0) tail += `${section}:\n${render(added, 0)}`;
      continue;
    }
    const { items, indent, end } = location;
    for (const { at, entry } of own) {
      const item = at === undefined ? undefined : items[at];
      if (item === undefined) continue;
      splices.push({ ...item, text: entry ? render([entry], indent) : '' });
    }
    const removed = own.filter((edit) => edit.at !== undefined && edit.entry === undefined).length;
    if (added.length > 0) splices.push({ from: end, to: end, text: render(added, indent) });
    // A key without a list under it would read as null, which some readers refuse.
    else if (removed === items.length) splices.push({ from: location.valueAt, to: location.valueAt, text: ' []' });
  }
  if (currentContext !== undefined) {
    const node = root.get('current-context', true);
    const value = JSON.stringify(currentContext);
    const at = isScalar(node) ? node.range : undefined;
    if (at) splices.push({ from: at[0], to: at[1], text: at[0] === at[1] ? ` ${value}` : value });
    else if (root.has('current-context')) return undefined;
    else tail += `current-context: ${value}\n`;
  }

  let result = text;
  // From the end, so that earlier offsets stay true; at one offset the insertion follows the removal.
  for (const { from, to, text: piece } of splices.sort((a, b) => b.from - a.from || b.to - a.to)) {
    const start = result.slice(0, from);
    const missing = piece.endsWith('\n') && start !== '' && !start.endsWith('\n') ? eol : '';
    result = start + missing + piece.replaceAll('\n', eol) + result.slice(to);
  }
  if (tail !== '' && !result.endsWith('\n')) result += eol;
  return result + tail.replaceAll('\n', eol);
}

interface SectionLocation {
  /** Whole lines of each item, without the comments that follow it. */
  readonly items: readonly { readonly from: number; readonly to: number }[];
  readonly indent: number;
  /** Where an appended item goes. */
  readonly end: number;
  /** Just behind the colon of the section's key. */
  readonly valueAt: number;
}

/** Where the lines of a section are; `absent` when the key is missing, `undefined` when it can't be edited by lines. */
function locateSection(text: string, root: YAMLMap.Parsed, section: Section): SectionLocation | 'absent' | undefined {
  const at = root.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === section);
  const pair = root.items[at];
  if (pair === undefined) return 'absent';
  const seq = pair.value;
  if (!isSeq(seq) || seq.flow || seq.anchor !== undefined || seq.items.length === 0) return undefined;
  const source = seq.srcToken;
  if (source?.type !== 'block-seq') return undefined;
  const marks = source.items.flatMap((item) => item.start.filter((token) => token.type === 'seq-item-ind'));
  if (marks.length !== seq.items.length) return undefined;
  const starts = marks.map((mark) => text.lastIndexOf('\n', mark.offset - 1) + 1);
  if (!marks.every((mark, i) => text.slice(starts[i], mark.offset).trim() === '')) return undefined;

  const nextKey = root.items[at + 1]?.key;
  const nextAt = nextKey?.range?.[0];
  const limit = nextAt === undefined ? text.length : text.lastIndexOf('\n', nextAt - 1) + 1;
  const items = starts.map((from, i) => ({ from, to: endOfContent(text, from, starts[i + 1] ?? limit) }));
  const last = items.at(-1);
  const first = marks[0];
  if (last === undefined || first === undefined) return undefined;
  const keyEnd = pair.key.range[1];
  return {
    items,
    indent: first.offset - (starts[0] as number),
    end: last.to,
    valueAt: text.indexOf(':', keyEnd) + 1,
  };
}

/** End of the last line between the offsets that is neither blank, comment nor document marker. */
function endOfContent(text: string, from: number, limit: number): number {
  let end = from;
  for (let lineAt = from; lineAt < limit; ) {
    const newline = text.indexOf('\n', lineAt);
    const next = newline === -1 || newline >= limit ? limit : newline + 1;
    if (!/^\s*(?:#.*|\.\.\.\s*|---\s*)?$/.test(text.slice(lineAt, next).trimEnd())) end = next;
    lineAt = next;
  }
  return end;
}

function render(entries: readonly unknown[], indent: number): string {
  const options = { lineWidth: 0, blockQuote: false, aliasDuplicateObjects: false } as const;
  return stringify(entries, options).replace(/^(?=.)/gm, ' '.repeat(indent));
}

function rewrite(parsed: ParsedKubeconfig, edits: readonly EntryEdit[], currentContext?: string): string {
  const document = parsed.document.clone();
  if (!isMap(document.contents)) {
    document.contents = document.createNode({ apiVersion: 'v1', kind: 'Config' }) as never;
  }
  const removals = edits.filter((edit) => edit.at !== undefined && edit.entry === undefined);
  for (const { section, at, entry } of edits) {
    if (entry === undefined) continue;
    if (!isSeq(document.get(section, true))) document.set(section, document.createNode([]));
    if (at === undefined) document.addIn([section], document.createNode(entry, { aliasDuplicateObjects: false }));
    else document.setIn([section, at], document.createNode(entry, { aliasDuplicateObjects: false }));
  }
  for (const { section, at } of removals.sort((a, b) => (b.at as number) - (a.at as number))) {
    document.deleteIn([section, at]);
  }
  if (currentContext !== undefined) document.set('current-context', currentContext);
  return document.toString({ lineWidth: 0, blockQuote: false });
}

function malformed(what: string, cause?: unknown): CoreError {
  return new CoreError({
    code: 'ERR_KUBECONFIG_MALFORMED',
    message: `kubeconfig ${what}`,
    cause,
    nextStep: 'Repair the file or move it away; it was not changed.',
  });
}
