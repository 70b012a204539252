import { MAX_TERMINAL_LINE_CHARACTERS } from '@sallyport/core/api';
import { TerminalError } from '../errors.ts';

/** A line cut into words: one list per part between pipes. */
export type Words = readonly (readonly string[])[];

const OF_A_SHELL: Readonly<Record<string, string>> = {
  ';': 'a list of commands',
  '&': 'a command in the background or a list of commands',
  '<': 'a redirection',
  '>': 'a redirection',
  '`': 'a command in place of a word',
  '(': 'a group of commands',
  ')': 'a group of commands',
};

/**
 * Cuts a line into words, as this grammar has it: words stand between blanks; `'…'` holds anything as it is; `"…"` holds blanks, and
 * `\\` in front of `"` or `\\` takes it as it is; outside of quotes `\\` takes the next character as it is; `|` stands between a command
 * and what its output passes through. There is no shell: whatever one would act upon is refused where it is not quoted, and
 * nothing is replaced by anything else.
 * @throws TerminalError `ERR_TERMINAL_LINE_TOO_LONG`, `ERR_TERMINAL_NO_SHELL`, `ERR_TERMINAL_QUOTE`
 */
export function tokenize(line: string): Words {
  if (line.length > MAX_TERMINAL_LINE_CHARACTERS) {
    throw new TerminalError({
      code: 'ERR_TERMINAL_LINE_TOO_LONG',
      message: `the line is ${line.length} characters, limit is ${MAX_TERMINAL_LINE_CHARACTERS}`,
      nextStep: 'Put long values into a file, upload it, and name it with -f.',
    });
  }
  const parts: string[][] = [[]];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  const finish = () => {
    if (word !== undefined) parts.at(-1)?.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    const next = line[at + 1];
    if (character !== '\t' && (character < ' ' || character === '\u007f')) throw control(character);
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word += character;
    } else if (character === '\\' && next !== undefined && (quote === undefined || next === '"' || next === '\\')) {
      word = (word ?? '') + next;
      at += 1;
    } else if (character === '$' && next !== undefined && /[A-Za-z_({$?!#@*0-9]/.test(next)) {
      throw noShell(`$${next}`, 'a variable or a command in place of a word');
    } else if (quote === '"') {
      if (character === '"') quote = undefined;
      else if (character === '`') throw noShell(character, OF_A_SHELL[character] ?? '');
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === ' ' || character === '\t') {
      finish();
    } else if (character === '|') {
      if (next === '|' || next === '&') throw noShell(`|${next}`, 'a list of commands');
      finish();
      parts.push([]);
    } else if (Object.hasOwn(OF_A_SHELL, character)) {
      throw noShell(character, OF_A_SHELL[character] ?? '');
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) {
    throw new TerminalError({
      code: 'ERR_TERMINAL_QUOTE',
      message: `a ${quote} is open at the end of the line`,
      nextStep: `Close it with ${quote}, or put a backslash in front of it.`,
    });
  }
  finish();
  return parts;
}

function noShell(text: string, what: string): TerminalError {
  return new TerminalError({
    code: 'ERR_TERMINAL_NO_SHELL',
    message: `${text} is ${what}, and there is no shell here`,
    nextStep: `Put it in single quotes where it is part of a value; otherwise run one command per line.`,
  });
}

function control(character: string): TerminalError {
  const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  return new TerminalError({
    code: 'ERR_TERMINAL_NO_SHELL',
    message: `the line holds the control character ${code}`,
    nextStep: 'Type the line, or paste it without line ends.',
  });
}
