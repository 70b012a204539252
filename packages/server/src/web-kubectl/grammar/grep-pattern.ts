import { TerminalError } from '../errors.ts';

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
};
const MAX_PATTERN_CHARACTERS = 1_024;

/**
 * The pattern of grep as one of JavaScript. In the basic syntax `+ ? | ( ) { }` act behind a backslash, in the extended one without;
 * POSIX classes are known in both. What it costs to search with it is not looked at: that is paid in a process of its own.
 * @throws TerminalError `ERR_TERMINAL_FILTER`
 */
export function toJavaScriptPattern(pattern: string, syntax: 'basic' | 'extended' | 'fixed'): string {
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    throw refused(`the pattern is ${pattern.length} characters, limit is ${MAX_PATTERN_CHARACTERS}`);
  }
  if (syntax === 'fixed') return pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '[') {
      const bracket = readBracket(pattern, at);
      source += bracket.source;
      at = bracket.end;
    } else if (character === '\\') {
      const next = pattern[++at];
      if (next === undefined) throw refused('the pattern ends with a backslash');
      if (syntax === 'basic' && '+?|(){}'.includes(next)) source += next;
      else if (next === '<' || next === '>') source += '\\b';
      else source += `\\${next}`;
    } else if (syntax === 'basic' && '+?|(){}'.includes(character)) {
      source += `\\${character}`;
    } else source += character;
  }
  try {
    new RegExp(source);
  } catch (error) {
    throw refused(`grep can't read the pattern: ${(error as Error).message.replace(/^.*: /, '')}`);
  }
  return source;
}

function readBracket(pattern: string, from: number): { readonly source: string; readonly end: number } {
  let at = from + 1;
  let source = '[';
  if (pattern[at] === '^') source += pattern[at++];
  // Right behind the bracket, `]` is one of its characters.
  if (pattern[at] === ']') {
    source += '\\]';
    at += 1;
  }
  for (; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === ']') return { source: `${source}]`, end: at };
    const posix = /^\[:([a-z]+):\]/.exec(pattern.slice(at));
    if (posix !== null) {
      const set = Object.hasOwn(CLASSES, posix[1] as string) ? CLASSES[posix[1] as string] : undefined;
      if (set === undefined) throw refused(`there is no class ${posix[0]}`);
      source += set;
      at += posix[0].length - 1;
    } else source += character === '[' || character === '\\' ? `\\${character}` : character;
  }
  throw refused('a [ of the pattern is not closed');
}

function refused(message: string): TerminalError {
  return new TerminalError({
    code: 'ERR_TERMINAL_FILTER',
    message,
    nextStep: 'Use grep -F to look for the text as it stands.',
  });
}
