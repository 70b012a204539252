import { nearestName } from '@sallyport/core';
import { TerminalError } from '../errors.ts';
import { assertFileFlag, assertLocalPaths } from './file-words.ts';
import type { Filter } from './filters.ts';
import { type Flag, type FlagTable, flagsOf } from './flags.ts';
import { KUBECTL_COMMANDS } from './kubectl-commands.ts';
import { parseFilters } from './parse-filters.ts';
import { assertAllowedFlag, REFUSED_COMMANDS } from './refused.ts';
import { tokenize } from './tokenize.ts';

/** What a line asks for. */
export type ParsedLine =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'kubectl';
      /** The command without what it is given: `rollout restart`. */
      readonly command: string;
      /** Every word behind `kubectl`, as it stands in the line. */
      readonly args: readonly string[];
      readonly filters: readonly Filter[];
    }
  /** One of the terminal's own commands. */
  | { readonly kind: 'own'; readonly name: OwnCommand; readonly words: readonly string[] };

/** Commands of the terminal itself. */
export const OWN_COMMANDS = ['namespace', 'ls', 'rm', 'help'] as const;
/** One of {@link OWN_COMMANDS}. */
export type OwnCommand = (typeof OWN_COMMANDS)[number];

/** Other names of subcommands, as kubectl has them. */
const ALIASES: Readonly<Record<string, string>> = {
  'create cm': 'create configmap',
  'create cj': 'create cronjob',
  'create deploy': 'create deployment',
  'create ing': 'create ingress',
  'create ns': 'create namespace',
  'create pc': 'create priorityclass',
  'create pdb': 'create poddisruptionbudget',
  'create resourcequota': 'create quota',
  'create sa': 'create serviceaccount',
  'create svc': 'create service',
  'top pods': 'top pod',
  'top po': 'top pod',
  'top nodes': 'top node',
  'top no': 'top node',
};

/**
 * Reads a line: `kubectl` (which may be left out), a command with its subcommand, its flags and words, then filters behind `|`. Every
 * flag is looked up: one that is not known, or that would name another server, identity or file, is refused aloud, and nothing is
 * dropped or changed. What stands behind `--` belongs to somebody else and is not looked at.
 * @throws TerminalError
 */
export function parseLine(line: string): ParsedLine {
  const [command = [], ...rest] = tokenize(line);
  if (command.length === 0 && rest.length === 0) return { kind: 'nothing' };
  const filters = parseFilters(rest);
  const [first = '', ...others] = command;
  const own = OWN_COMMANDS.find((name) => name === first);
  if (own !== undefined && filters.length === 0) return { kind: 'own', name: own, words: others };
  const args = first === 'kubectl' ? others : command;
  return { kind: 'kubectl', command: readCommand(args), args, filters };
}

/** What has been read of a command so far; the completer begins with it, too. */
export interface CommandReading {
  /** The command as far as it is known: `rollout`, `rollout restart`. Empty: none yet. */
  readonly command: string;
  /** Words that are neither flags nor of the command. */
  readonly words: readonly string[];
  /** The flag whose value comes next. */
  readonly pending: Flag | undefined;
  /** Flags with their values; without one, `''`. */
  readonly flags: readonly { readonly flag: Flag; readonly value: string }[];
  /** Whether `--` has come. */
  readonly isBehindDashes: boolean;
}

/** Reads words of a command one after the other. Flags that are not known go to `onUnknown`. */
export function readWords(
  args: readonly string[],
  onUnknown: (word: string, table: FlagTable) => void,
): CommandReading {
  let command = '';
  let pending: Flag | undefined;
  const words: string[] = [];
  const flags: { flag: Flag; value: string }[] = [];
  for (const [at, word] of args.entries()) {
    if (pending !== undefined) {
      flags.push({ flag: pending, value: word });
      pending = undefined;
      continue;
    }
    if (word === '--')
      return { command, words: [...words, ...args.slice(at + 1)], pending, flags, isBehindDashes: true };
    const table = flagsOf(command);
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const flag = table.byName(equals < 0 ? word.slice(2) : word.slice(2, equals));
      if (flag === undefined) onUnknown(word, table);
      else if (equals >= 0) flags.push({ flag, value: word.slice(equals + 1) });
      else if (flag.value === 'needed') pending = flag;
      else flags.push({ flag, value: '' });
    } else if (word.startsWith('-') && word.length > 1) {
      pending = readLetters(word, table, flags, onUnknown);
    } else if (words.length === 0) {
      const longer = command === '' ? word : `${command} ${word}`;
      const named = Object.hasOwn(ALIASES, longer) ? (ALIASES[longer] as string) : longer;
      if (isCommand(named)) command = named;
      else words.push(word);
    } else words.push(word);
  }
  return { command, words, pending, flags, isBehindDashes: false };
}

function readLetters(
  word: string,
  table: FlagTable,
  flags: { flag: Flag; value: string }[],
  onUnknown: (word: string, table: FlagTable) => void,
): Flag | undefined {
  for (let at = 1; at < word.length; at++) {
    const flag = table.byLetter(word[at] as string);
    if (flag === undefined) {
      onUnknown(`-${word[at]}`, table);
      return undefined;
    }
    if (flag.value === 'needed') {
      const value = word.slice(at + 1).replace(/^=/, '');
      if (at + 1 === word.length) return flag;
      flags.push({ flag, value });
      return undefined;
    }
    if (word[at + 1] === '=') {
      flags.push({ flag, value: word.slice(at + 2) });
      return undefined;
    }
    flags.push({ flag, value: '' });
  }
  return undefined;
}

/** Whether there is such a command, or one of which it is the beginning. */
export function isCommand(path: string): boolean {
  return Object.hasOwn(KUBECTL_COMMANDS, path) || hasSubcommands(path);
}

function hasSubcommands(path: string): boolean {
  return Object.keys(KUBECTL_COMMANDS).some((each) => each.startsWith(`${path} `));
}

function readCommand(args: readonly string[]): string {
  const first = args.find((word) => !word.startsWith('-')) ?? '';
  const reading = readWords(args, (word, table) => {
    // Which flags there are is known with the command alone.
    if (isCommand(first) || first === '') throw unknownFlag(word, table);
  });
  const { command, words, pending, flags } = reading;
  if (command === '') throw unknownCommand(words[0] ?? '');
  for (const { flag, value } of flags) assertAllowedFlag(command, flag, value);
  const asksForHelp = flags.some(({ flag }) => flag.name === 'help');
  if (asksForHelp) return command;
  if (hasSubcommands(command) && words.length > 0 && !reading.isBehindDashes)
    throw unknownSubcommand(command, words[0] ?? '');
  if (!Object.hasOwn(KUBECTL_COMMANDS, command)) throw unknownSubcommand(command, '');
  if (pending !== undefined) {
    throw new TerminalError({
      code: 'ERR_TERMINAL_FLAG_UNKNOWN',
      message: `the flag --${pending.name} needs a value`,
      nextStep: `Write --${pending.name}=VALUE.`,
    });
  }
  for (const { flag, value } of flags) assertFileFlag(command, flag, value);
  if (command === 'cp') assertLocalPaths(words);
  return command;
}

function unknownFlag(word: string, table: FlagTable): TerminalError {
  const name = word.replace(/^-+/, '').replace(/=.*$/s, '');
  const near = nearestName(
    name,
    table.all.map((flag) => flag.name),
  );
  return new TerminalError({
    code: 'ERR_TERMINAL_FLAG_UNKNOWN',
    message: `${JSON.stringify(word.slice(0, 64))} is no flag of this command`,
    nextStep: near === undefined ? 'Add --help to see the flags of the command.' : `Did you mean --${near}?`,
  });
}

function unknownCommand(word: string): TerminalError {
  const refusal = Object.hasOwn(REFUSED_COMMANDS, word) ? REFUSED_COMMANDS[word] : undefined;
  if (refusal !== undefined) {
    return new TerminalError({
      code: 'ERR_TERMINAL_COMMAND_REFUSED',
      message: `kubectl ${word} does not run here: ${refusal.why}`,
      nextStep: refusal.nextStep,
    });
  }
  const near = nearestName(word, Object.keys(KUBECTL_COMMANDS));
  return new TerminalError({
    code: 'ERR_TERMINAL_COMMAND',
    message:
      word === ''
        ? 'kubectl needs a command'
        : `${JSON.stringify(word.slice(0, 64))} is no command of kubectl that runs here`,
    nextStep: near === undefined ? 'Type help to see what runs here.' : `Did you mean ${near}?`,
  });
}

function unknownSubcommand(command: string, word: string): TerminalError {
  const below = Object.keys(KUBECTL_COMMANDS)
    .filter((each) => each.startsWith(`${command} `))
    .map((each) => each.slice(command.length + 1));
  return new TerminalError({
    code: 'ERR_TERMINAL_COMMAND',
    message:
      word === ''
        ? `kubectl ${command} needs a further word`
        : `${JSON.stringify(word.slice(0, 64))} is none of kubectl ${command}`,
    nextStep: `Use one of: ${below.join(', ')}.`,
  });
}
