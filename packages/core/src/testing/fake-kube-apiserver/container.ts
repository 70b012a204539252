import type { Clock } from '../../clock.ts';
import { type BytePipe, type ByteReader, createBytePipe, EMPTY_READER } from './byte-pipe.ts';
import type { FileSystem } from './file-system.ts';
import { createLogBuffer, type LogBuffer } from './log-buffer.ts';
import {
  createTerminal,
  type PortHandler,
  type ProcessContext,
  type ResizableTerminal,
  type RunProcess,
} from './process.ts';

/** What a container is started from. */
export interface ContainerOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: FileSystem;
  readonly workingDirectory: string;
  readonly hostname: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly clock: Clock;
  readonly run: RunProcess;
  listen(port: number, handler: PortHandler): void;
}

/** The input and output of a session with a container. */
export type SessionIo = Pick<ProcessContext, 'stdin' | 'stdout' | 'stderr' | 'terminal' | 'signal'>;

/** A container with its main process. */
export interface FakeContainer {
  readonly name: string;
  readonly log: LogBuffer;
  readonly files: FileSystem;
  readonly startedAt: number;
  /** Exit code of the main process; `undefined` while it runs. */
  readonly exitCode: number | undefined;
  /** Resolves with the exit code of the main process. */
  readonly finished: Promise<number>;
  /** Runs another command beside the main process. */
  exec(command: readonly string[], io: SessionIo): Promise<number>;
  /** Joins the main process: its output from now on, its input when it has one. Resolves with its exit code. */
  attach(io: SessionIo & { readonly terminalOf?: ResizableTerminal }): Promise<number>;
  readonly terminal: ResizableTerminal | undefined;
  stop(): void;
}

/** Exit code of a process that was killed. */
const KILLED = 137;

/** Starts a container. */
export function startContainer(options: ContainerOptions): FakeContainer {
  const { clock, run, files, hostname, env, workingDirectory } = options;
  const log = createLogBuffer(clock);
  const stopping = new AbortController();
  const attached = new Set<(name: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void>>();
  const terminal = options.tty ? createTerminal() : undefined;
  const input: BytePipe | undefined = options.stdin ? createBytePipe() : undefined;
  let exitCode: number | undefined;

  const output = (name: 'stdout' | 'stderr') => ({
    async write(bytes: Uint8Array) {
      log.append(bytes);
      await Promise.all([...attached].map((send) => send(name, bytes)));
    },
  });

  const context = { files, hostname, env, workingDirectory, clock, listen: options.listen };
  const finished = run(options.command, {
    ...context,
    stdin: input ?? EMPTY_READER,
    stdout: output('stdout'),
    stderr: output(terminal ? 'stdout' : 'stderr'),
    terminal,
    signal: stopping.signal,
  }).then((code) => {
    exitCode = stopping.signal.aborted ? KILLED : code;
    log.close();
    return exitCode;
  });

  return {
    name: options.name,
    log,
    files,
    terminal,
    startedAt: clock.now(),
    finished,
    get exitCode() {
      return exitCode;
    },
    exec: (command, io) => run(command, { ...context, ...io, signal: AbortSignal.any([io.signal, stopping.signal]) }),
    async attach(io) {
      const send = (name: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> => io[name].write(bytes);
      attached.add(send);
      if (input) void pump(io.stdin, input, options.stdinOnce);
      const gone = new Promise<number>((resolve) =>
        io.signal.addEventListener('abort', () => resolve(0), { once: true }),
      );
      const code = await Promise.race([finished, gone]);
      attached.delete(send);
      if (options.stdinOnce) input?.close();
      return code;
    },
    stop: () => stopping.abort(),
  };
}

async function pump(from: ByteReader, to: BytePipe, closeAtEnd: boolean): Promise<void> {
  for (let chunk = await from.read(); chunk !== undefined; chunk = await from.read()) await to.write(chunk);
  if (closeAtEnd) to.close();
}
