import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Filter } from '../grammar/filters.ts';

/** How a command runs. */
export interface CommandOptions {
  /** Program and words. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
  /** Program and words that carry filters out between their standard input and output; see {@link Filter}. */
  readonly filterArgv: (filters: readonly Filter[]) => readonly string[];
  /** Called with each piece of output; `false` stops more until `resume`. */
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => boolean;
  readonly onExit: (code: number, signal: string | undefined) => void;
}

/** A command that runs. */
export interface RunningCommand {
  write(bytes: Buffer): void;
  resize(columns: number, rows: number): void;
  /** Lets output come again. */
  resume(): void;
  /** Asks it to end, and two seconds later no longer asks. */
  cancel(): void;
  /** Ends it and all that it started in its group. */
  kill(): void;
}

/** The part of a pseudo-terminal library that is used. */
export interface PtyLibrary {
  spawn(file: string, args: string[], options: object): PtyProcess;
}

interface PtyProcess {
  readonly pid: number;
  onData(listener: (data: Buffer | string) => void): unknown;
  onExit(listener: (end: { readonly exitCode: number; readonly signal?: number }) => void): unknown;
  write(data: Buffer): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
}

/** Time from asking a command to end to making it, in milliseconds. */
const CANCEL_GRACE_MS = 2_000;

/** Runs a command that has a terminal to itself. */
export function runOnTerminal(library: PtyLibrary, options: CommandOptions): RunningCommand {
  const { argv, columns, rows, onOutput, onExit, cwd, env } = options;
  const [file = '', ...args] = argv;
  const name = env['TERM'] ?? 'xterm-256color';
  const terminal = library.spawn(file, args, { name, cols: columns, rows, cwd, env, encoding: null });
  const group = createGroup(terminal.pid);
  terminal.onData((data) => {
    if (!onOutput('stdout', typeof data === 'string' ? Buffer.from(data) : data)) terminal.pause();
  });
  terminal.onExit(({ exitCode, signal }) => {
    group.over();
    onExit(signal ? 128 + signal : exitCode, nameOfSignal(signal));
  });
  return {
    write: (bytes) => terminal.write(bytes),
    resize: (wide, high) => terminal.resize(wide, high),
    resume: () => terminal.resume(),
    cancel: group.cancel,
    kill: group.kill,
  };
}

/** Runs a command whose output passes through filters. It reads nothing that is typed. */
export function runFiltered(filters: readonly Filter[], options: CommandOptions): RunningCommand {
  const { argv, cwd, env, onOutput, onExit } = options;
  const start = (words: readonly string[], input: Readable | 'ignore'): ChildProcess => {
    const [file = '', ...args] = words;
    // A group of their own, so that all of it can be ended.
    return spawn(file, args, { cwd, env: { ...env }, stdio: [input, 'pipe', 'pipe'], detached: true });
  };
  const command = start(argv, 'ignore');
  const last = start(options.filterArgv(filters), command.stdout as Readable);
  // The filters alone hold the reading end now: when they have enough, the command is told by its next write.
  command.stdout?.destroy();
  const outputs: Readable[] = [];
  const listen = (stream: 'stdout' | 'stderr', readable: Readable | null) => {
    if (readable === null) return;
    outputs.push(readable);
    readable.on('data', (bytes: Buffer) => {
      if (!onOutput(stream, bytes)) for (const each of outputs) each.pause();
    });
  };
  listen('stderr', command.stderr);
  listen('stdout', last.stdout);
  listen('stderr', last.stderr);
  const groups = [command, last].map(({ pid }) => createGroup(pid));
  void Promise.all([command, last].map(ended)).then(([own, filtered]) => {
    for (const group of groups) group.over();
    // A command that was cut short because enough of it was seen has not failed.
    const isCut = own?.signal === 'SIGPIPE';
    const end = own !== undefined && !isCut && own.code !== 0 ? own : filtered;
    onExit(end?.code ?? 1, end?.signal);
  });
  return {
    write() {},
    resize() {},
    resume() {
      for (const each of outputs) each.resume();
    },
    cancel() {
      for (const group of groups) group.cancel();
    },
    kill() {
      for (const group of groups) group.kill();
    },
  };
}

interface End {
  readonly code: number;
  readonly signal: string | undefined;
}

function ended(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const number = signal === null ? undefined : constants.signals[signal];
      resolve({ code: code ?? 128 + (number ?? 0), signal: signal ?? undefined });
    });
    child.on('error', () => resolve({ code: 127, signal: undefined }));
  });
}

function createGroup(pid: number | undefined) {
  let timer: NodeJS.Timeout | undefined;
  const signal = (name: NodeJS.Signals) => {
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // It is gone already.
    }
  };
  return {
    cancel() {
      signal('SIGINT');
      timer ??= setTimeout(() => signal('SIGKILL'), CANCEL_GRACE_MS);
    },
    kill: () => signal('SIGKILL'),
    over: () => clearTimeout(timer),
  };
}

function nameOfSignal(number: number | undefined): string | undefined {
  if (!number) return undefined;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
