import { COMMAND_LOADERS } from '../command-loaders.ts';
import { findCommandId } from '../find-command.ts';
import { isActive } from '../output/neutralise.ts';
import { TOPICS } from '../topics.ts';
import { type ValueSource, valueSourceOfArgument, valueSourceOfFlag } from './value-sources.ts';

/** A word that may stand where the cursor is. */
export interface Suggestion {
  readonly value: string;
  readonly description?: string;
}

/** What a shell offers. */
export interface Completion {
  readonly suggestions: readonly Suggestion[];
  /** Files are offered instead, by the shell itself, which knows how. */
  readonly isFile?: boolean;
}

/** Looks values up; see `createValueLookup`. */
export type ValueLookup = (source: ValueSource, words: readonly string[]) => Promise<Completion>;

/** The parts of a command that matter here. */
interface CommandShape {
  readonly id: string;
  readonly flags: Readonly<Record<string, FlagShape>>;
  readonly args: readonly string[];
  readonly isStrict: boolean;
}

/** The parts of a flag that matter here. */
export interface FlagShape {
  readonly name: string;
  readonly char?: string;
  readonly type: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly multiple?: boolean;
  readonly allowNo?: boolean;
  readonly options?: readonly string[];
  readonly helpValue?: string | string[];
}

const NOTHING: Completion = { suggestions: [] };

/**
 * Completes the last of `words`, those behind the name of the program. Loads a command only once its words are there.
 * Suggestions are whole words that begin with what was typed; none holds a character that a terminal would act on.
 */
export async function completeWords(words: readonly string[], lookUp: ValueLookup): Promise<Completion> {
  const isHelp = words.length > 1 && words[0] === 'help';
  const typed = isHelp ? words.slice(1) : words;
  const current = typed.at(-1) ?? '';
  const before = typed.slice(0, -1);
  const { id, rest } = findCommandId(before);
  const command = id === undefined || isHelp ? undefined : await loadShape(id);
  const found =
    command === undefined ? commandWords(before, isHelp) : await completeCommand(command, rest, current, lookUp);
  // A command may be a topic as well: `clusters agents NAME`, `clusters agents revoke`.
  const further = command !== undefined && rest.length === 0 ? commandWords(before, isHelp).suggestions : [];
  return {
    ...found,
    suggestions: [...further, ...found.suggestions].filter(
      ({ value }) => value.startsWith(current) && !isActive(value),
    ),
  };
}

/** The words that go on a command line on which no command stands yet. */
function commandWords(before: readonly string[], isHelp: boolean): Completion {
  if (before.some((word) => word.startsWith('-'))) return NOTHING;
  const next = new Map<string, string | undefined>();
  for (const id of Object.keys(COMMAND_LOADERS)) {
    const parts = id.split(':');
    if (parts.length <= before.length || before.some((word, at) => parts[at] !== word)) continue;
    const word = parts[before.length] ?? '';
    next.set(word, before.length === 0 ? TOPICS[word] : undefined);
  }
  if (before.length === 0 && !isHelp) next.set('help', undefined);
  return {
    suggestions: [...next].sort().map(([value, description]) => ({ value, ...(description && { description }) })),
  };
}

async function completeCommand(
  command: CommandShape,
  rest: readonly string[],
  current: string,
  lookUp: ValueLookup,
): Promise<Completion> {
  const { positionals, given, open, isEnded } = readWords(command, rest);
  const words = [...command.id.split(':'), ...rest, current];
  if (open !== undefined) return valuesOf(command.id, open, words, current, '', lookUp);
  if (!isEnded && current.startsWith('--') && current.includes('=')) {
    const at = current.indexOf('=');
    const flag = findFlag(command, current.slice(0, at));
    if (flag === undefined || flag.type === 'boolean') return NOTHING;
    return valuesOf(command.id, flag, words, current.slice(at + 1), current.slice(0, at + 1), lookUp);
  }
  if (!isEnded && current.startsWith('-')) return { suggestions: flagWords(command, given) };
  const name = command.args[positionals.length] ?? (command.isStrict ? undefined : command.args.at(-1));
  if (name === undefined) return NOTHING;
  return lookUp(valueSourceOfArgument(command.id, name, positionals), words);
}

async function valuesOf(
  id: string,
  flag: FlagShape,
  words: readonly string[],
  current: string,
  prefix: string,
  lookUp: ValueLookup,
): Promise<Completion> {
  const { suggestions, isFile } = await lookUp(valueSourceOfFlag(id, flag), words);
  // A shell completes files on the word as a whole; behind "=" it has none to complete.
  if (isFile === true) return prefix === '' ? { suggestions: [], isFile } : NOTHING;
  // Of a list separated by commas only its last part is completed.
  const earlier = flag.name === 'ceiling' ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  return { suggestions: suggestions.map((it) => ({ ...it, value: prefix + earlier + it.value })) };
}

interface ReadWords {
  readonly positionals: readonly string[];
  /** Flags that stand on the line. */
  readonly given: ReadonlySet<FlagShape>;
  /** The flag whose value is wanted now. */
  readonly open?: FlagShape;
  /** Whether `--` has ended the flags. */
  readonly isEnded: boolean;
}

function readWords(command: CommandShape, rest: readonly string[]): ReadWords {
  const positionals: string[] = [];
  const given = new Set<FlagShape>();
  let open: FlagShape | undefined;
  let isEnded = false;
  for (const word of rest) {
    if (open !== undefined) open = undefined;
    else if (isEnded || !word.startsWith('-') || word === '-') positionals.push(word);
    else if (word === '--') isEnded = true;
    else {
      const flag = findFlag(command, word.split('=')[0] ?? word);
      if (flag === undefined) continue;
      given.add(flag);
      if (flag.type !== 'boolean' && !word.includes('=')) open = flag;
    }
  }
  return { positionals, given, isEnded, ...(open !== undefined && { open }) };
}

function findFlag({ flags }: CommandShape, word: string): FlagShape | undefined {
  return Object.values(flags).find(
    ({ name, char, allowNo }) =>
      word === `--${name}` || (char !== undefined && word === `-${char}`) || (allowNo && word === `--no-${name}`),
  );
}

function flagWords({ flags }: CommandShape, given: ReadonlySet<FlagShape>): readonly Suggestion[] {
  return Object.values(flags)
    .filter((flag) => !flag.hidden && (flag.multiple === true || !given.has(flag)))
    .flatMap(({ name, summary, allowNo }) => {
      const description = summary === undefined ? {} : { description: summary };
      const words = allowNo ? [`--${name}`, `--no-${name}`] : [`--${name}`];
      return words.map((value) => ({ value, ...description }));
    })
    .concat([{ value: '--help', description: 'show help' }]);
}

async function loadShape(id: string): Promise<CommandShape | undefined> {
  const command = await COMMAND_LOADERS[id]?.();
  if (command === undefined) return undefined;
  const flags = Object.entries({ ...command.baseFlags, ...command.flags }).map(([name, flag]) => {
    const { char, type, summary, hidden, allowNo, options, helpValue, multiple } = flag as Partial<FlagShape>;
    const shape = { name, char, type: type ?? 'option', summary, hidden, allowNo, options, helpValue, multiple };
    return [name, shape as FlagShape] as const;
  });
  return { id, flags: Object.fromEntries(flags), args: Object.keys(command.args), isStrict: command.strict };
}
