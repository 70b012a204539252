/** Running real programs in a terminal, as a person has one. */
import { type Program, type ProgramOptions, start } from './programs.ts';

/** Options of {@link startInTerminal}. */
export interface TerminalOptions extends Pick<ProgramOptions, 'env' | 'cwd'> {
  /** Default 80. */
  readonly columns?: number;
  /** Default 24. */
  readonly rows?: number;
}

/** A program in a terminal. All that the terminal shows is its stdout. */
export interface TerminalProgram extends Program {
  /** Presses keys. */
  type(keys: string): void;
}

/** Starts a program in a terminal of its own, by `script` of util-linux. */
export function startInTerminal(
  file: string,
  args: readonly string[],
  { columns = 80, rows = 24, ...options }: TerminalOptions = {},
): TerminalProgram {
  const command = [file, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const words = ['-qec', `stty rows ${rows} cols ${columns}; ${command}`, '/dev/null'];
  const program = start('script', words, { ...options, input: '', keepsInputOpen: true });
  return {
    ...program,
    type(keys) {
      program.child.stdin?.write(keys);
    },
  };
}
