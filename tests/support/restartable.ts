/** Programs that a test kills and starts again, as often as it likes. */
import { type Program, type ProgramOptions, start } from './programs.ts';

/** A process that is started again after each kill. */
export interface Restartable {
  readonly name: string;
  /** SIGKILL, unless another signal is given, and a new one in its place once it has ended. Resolves when that is ready. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Rejects when it did not end with exit code 0. */
  stop(): Promise<void>;
}

/** A {@link Restartable} from within. */
export interface RestartableProgram extends Restartable {
  /** The one that runs now, or ran last. */
  readonly program: Program;
  /** How often it said that it is ready, with those that were killed. */
  timesReady(): number;
}

/** Options of {@link startRestartable}. */
export interface RestartableOptions extends Pick<ProgramOptions, 'hasChannel'> {
  /** Arguments of Node. */
  readonly args: readonly string[];
  /** What it writes once it is ready, and to which of its outputs. */
  readonly ready: RegExp;
  readonly in: 'stdout' | 'stderr';
  /** Longest that it may take to be ready, in milliseconds. Default 120,000. */
  readonly readyMs?: number;
  /** Told when it ended without having been asked to; with the last that it said. */
  readonly onEnded?: (how: string) => void;
}

/** Longest that an orderly end may take. */
const STOP_MS = 30_000;
const LAST_WORDS = 2_000;

/** Starts one with Node; resolves when it is ready. */
export async function startRestartable(name: string, options: RestartableOptions): Promise<RestartableProgram> {
  const { args, ready, in: stream, onEnded, hasChannel = false, readyMs = 120_000 } = options;
  let wanted: Program | undefined;
  const begin = async (): Promise<Program> => {
    const program = start(process.execPath, args, { hasChannel });
    wanted = program;
    void program.ended.then(({ code, signal, stdout, stderr }) => {
      if (wanted === program)
        onEnded?.(`${name} ended with ${signal ?? code}: ${`${stdout}${stderr}`.slice(-LAST_WORDS)}`);
    });
    await program.saw(ready, { in: stream, timeoutMs: readyMs });
    return program;
  };
  let program = await begin();
  const timesNow = () => program[stream]().split(ready).length - 1;
  let timesBefore = 0;
  return {
    name,
    get program() {
      return program;
    },
    timesReady: () => timesBefore + timesNow(),
    async restart(signal = 'SIGKILL') {
      wanted = undefined;
      await program.stop({ signal, graceMs: STOP_MS });
      timesBefore += timesNow();
      program = await begin();
    },
    async stop() {
      wanted = undefined;
      const { code, signal, stdout, stderr } = await program.stop({ graceMs: STOP_MS });
      if (code !== 0)
        throw new Error(`${name} ended with ${signal ?? code}: ${`${stdout}${stderr}`.slice(-LAST_WORDS)}`);
    },
  };
}
