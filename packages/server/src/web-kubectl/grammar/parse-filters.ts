import { TerminalError } from '../errors.ts';
import type { Filter, JqStep } from './filters.ts';
import { toJavaScriptPattern } from './grep-pattern.ts';

const MAX_FILTERS = 8;
const MAX_LINES = 1_000_000;

/**
 * Reads what stands behind pipes: `grep`, `head`, `tail`, `wc`, `sort`, `uniq`, and `jq` with a path. Each with the options that are
 * named here, and refused with any other.
 * @throws TerminalError `ERR_TERMINAL_FILTER`
 */
export function parseFilters(parts: readonly (readonly string[])[]): readonly Filter[] {
  if (parts.length > MAX_FILTERS) throw refused(`the line has ${parts.length} filters, limit is ${MAX_FILTERS}`);
  return parts.map(([name, ...words]) => {
    switch (name) {
      case 'grep':
        return grep(words);
      case 'head':
      case 'tail':
        return lines(name, words);
      case 'wc':
        return wc(words);
      case 'sort':
        return sort(words);
      case 'uniq':
        return uniq(words);
      case 'jq':
        return jq(words);
      default:
        throw refused(
          name === undefined ? 'nothing stands behind |' : `${JSON.stringify(name)} is no filter of this terminal`,
        );
    }
  });
}

/** Takes options off: letters without a value may stand together, those in `valued` take the rest of the word or the next one. */
function options(name: string, words: readonly string[], plain: string, valued = '') {
  const found = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--') {
      rest.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      continue;
    }
    if (/^-\d+$/.test(word) && valued.includes('n')) {
      found.set('n', word.slice(1));
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string;
      if (plain.includes(letter)) found.set(letter, '');
      else if (valued.includes(letter) && letter !== '-') {
        const value = word.slice(i + 1) || words[++at];
        if (value === undefined) throw refused(`${name} -${letter} needs a value`);
        found.set(letter, value);
        break;
      } else
        throw refused(
          `${name} has no option ${word} here`,
          `It has ${[...plain, ...valued].map((each) => `-${each}`).join(' ')}.`,
        );
    }
  }
  return { found, rest };
}

function grep(words: readonly string[]): Filter {
  const { found, rest } = options('grep', words, 'ivEFcnoG', 'ABCe');
  const pattern = found.get('e') ?? rest.shift();
  if (pattern === undefined) throw refused('grep needs a pattern');
  if (rest.length > 0) throw refused(`grep reads no files here, and ${JSON.stringify(rest[0])} would be one`);
  const around = (letter: string) => count('grep', found.get(letter) ?? found.get('C') ?? '0');
  const syntax = found.has('F') ? 'fixed' : found.has('E') ? 'extended' : 'basic';
  return {
    kind: 'grep',
    pattern: toJavaScriptPattern(pattern, syntax),
    ignoresCase: found.has('i'),
    isInverted: found.has('v'),
    countsOnly: found.has('c'),
    numbersLines: found.has('n'),
    onlyMatching: found.has('o'),
    before: around('B'),
    after: around('A'),
  };
}

function lines(kind: 'head' | 'tail', words: readonly string[]): Filter {
  const { found, rest } = options(kind, words, '', 'n');
  if (rest.length > 0) throw refused(`${kind} reads no files here, and ${JSON.stringify(rest[0])} would be one`);
  const value = found.get('n') ?? '10';
  if (kind === 'head') return { kind, lines: count(kind, value) };
  const isFromStart = value.startsWith('+');
  return { kind, lines: count(kind, isFromStart ? value.slice(1) : value), isFromStart };
}

function wc(words: readonly string[]): Filter {
  const { found, rest } = options('wc', words, 'lwc');
  if (rest.length > 0) throw refused('wc reads no files here');
  const named = [...found.keys()].map((letter) => (letter === 'l' ? 'lines' : letter === 'w' ? 'words' : 'bytes'));
  return { kind: 'wc', counts: named.length > 0 ? named : ['lines', 'words', 'bytes'] };
}

function sort(words: readonly string[]): Filter {
  const { found, rest } = options('sort', words, 'rnu', 'k');
  if (rest.length > 0) throw refused('sort reads no files here');
  const key = found.get('k');
  if (key !== undefined && !/^[1-9]\d{0,2}$/.test(key)) throw refused('sort -k takes the number of one column here');
  return {
    kind: 'sort',
    isReversed: found.has('r'),
    isNumeric: found.has('n'),
    isUnique: found.has('u'),
    ...(key !== undefined && { key: Number(key) }),
  };
}

function uniq(words: readonly string[]): Filter {
  const { found, rest } = options('uniq', words, 'cdu');
  if (rest.length > 0) throw refused('uniq reads no files here');
  return { kind: 'uniq', countsRepeats: found.has('c'), onlyRepeated: found.has('d'), onlyUnique: found.has('u') };
}

function jq(words: readonly string[]): Filter {
  const { found, rest } = options('jq', words, 'rc');
  const [path = '.', ...more] = rest;
  if (more.length > 0) throw refused('jq reads no files here, and takes one path');
  return { kind: 'jq', steps: parseJqPath(path), isRaw: found.has('r'), isCompact: found.has('c') };
}

const STEP =
  /^(?:\.?\[\](\?)?|\.?\[(-?\d{1,9})\](\?)?|\.?\["((?:[^"\\]|\\["\\])*)"\](\?)?|\.([A-Za-z_]\w*)(\?)?|\."((?:[^"\\]|\\["\\])*)"(\?)?)/;

/** Reads a path of jq: keys, indices, `[]`, and `length` or `keys` behind a pipe. */
function parseJqPath(text: string): readonly JqStep[] {
  return text.split('|').flatMap((part) => {
    const trimmed = part.trim();
    if (trimmed === 'length' || trimmed === 'keys') return [{ kind: trimmed } as const];
    if (trimmed === '.') return [];
    const steps: JqStep[] = [];
    for (let rest = trimmed; rest !== ''; ) {
      const match = STEP.exec(rest);
      if (match === null || !trimmed.startsWith('.')) {
        throw refused(
          `jq reads paths alone here, and ${JSON.stringify(rest.slice(0, 40))} is none`,
          'Paths are made of .key, ."key", [0], [] and, behind |, length or keys.',
        );
      }
      steps.push(stepOf(match));
      rest = rest.slice(match[0].length);
    }
    return steps;
  });
}

function stepOf([
  text,
  each,
  index,
  indexMark,
  bracket,
  bracketMark,
  name,
  nameMark,
  quoted,
  quotedMark,
]: RegExpExecArray): JqStep {
  if (index !== undefined) return { kind: 'index', at: Number(index), isOptional: indexMark !== undefined };
  const key = name ?? bracket ?? quoted;
  if (key === undefined) return { kind: 'each', isOptional: each !== undefined || text.endsWith('?') };
  const isOptional = (nameMark ?? bracketMark ?? quotedMark) !== undefined;
  return { kind: 'key', name: name ?? key.replace(/\\(["\\])/g, '$1'), isOptional };
}

function count(name: string, text: string): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= MAX_LINES) return value;
  throw refused(`${name}: ${JSON.stringify(text)} is no number of lines up to ${MAX_LINES}`);
}

function refused(
  message: string,
  nextStep = 'Behind | may stand: grep, head, tail, wc, sort, uniq, and jq with a path.',
): TerminalError {
  return new TerminalError({ code: 'ERR_TERMINAL_FILTER', message, nextStep });
}
