import { KUBECTL_COMMANDS, KUBECTL_GLOBAL_FLAGS } from './kubectl-commands.ts';

/** A flag of a command. */
export interface Flag {
  readonly name: string;
  readonly letter?: string;
  /** Whether a value follows: never, always, or only behind `=`. */
  readonly value: 'none' | 'needed' | 'optional';
  readonly isGlobal: boolean;
}

/** Flags of a command, by name and by letter. */
export interface FlagTable {
  readonly all: readonly Flag[];
  byName(name: string): Flag | undefined;
  byLetter(letter: string): Flag | undefined;
}

const tables = new Map<string, FlagTable>();
const HELP = 'help/h!';

/** The flags of a command (`rollout restart`), with those that every command has. */
export function flagsOf(command: string): FlagTable {
  const known = tables.get(command);
  if (known !== undefined) return known;
  const own = Object.hasOwn(KUBECTL_COMMANDS, command) ? (KUBECTL_COMMANDS[command] ?? '') : '';
  const flags = [...parse(`${own} ${HELP}`, false), ...parse(KUBECTL_GLOBAL_FLAGS, true)];
  // A command's own flag stands in front of a global one of the same name: `create rolebinding --user`.
  const byName = new Map([...flags].reverse().map((flag) => [flag.name, flag]));
  const byLetter = new Map([...flags].reverse().flatMap((flag) => (flag.letter ? [[flag.letter, flag] as const] : [])));
  const table = {
    all: [...byName.values()].reverse(),
    byName: (name: string) => byName.get(name),
    byLetter: (letter: string) => byLetter.get(letter),
  };
  tables.set(command, table);
  return table;
}

function parse(text: string, isGlobal: boolean): Flag[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const value = word.endsWith('!') ? 'none' : word.endsWith('?') ? 'optional' : 'needed';
      const [name = '', letter] = word.replace(/[!?]$/, '').split('/');
      return { name, value, isGlobal, ...(letter !== undefined && { letter }) };
    });
}
