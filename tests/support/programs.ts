/** Running real programs: once to the end, or beside the test until it stops them. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { awaitCondition } from './conditions.ts';

/** Options of {@link run} and {@link start}. */
export interface ProgramOptions {
  /** Environment, on top of ours. `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Bytes for stdin, which ends after them. Default: none. */
  readonly input?: string | Uint8Array;
  /** stdin does not end after `input`; the test writes on to `child.stdin`. Default false. */
  readonly keepsInputOpen?: boolean;
  /** Whether it and the test can send one another messages, by `child.send` and `process.send`. Default false. */
  readonly hasChannel?: boolean;
  /** Bound for {@link run}, in milliseconds; then the program is killed. Default 60,000. */
  readonly timeoutMs?: number;
}

/** How a program ended. */
export interface Outcome {
  /** Exit code; `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as it came, for binary output. */
  readonly bytes: Buffer;
}

/** A program that runs beside the test. */
export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it wrote so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when it ended and its output is complete. Never rejects. */
  readonly ended: Promise<Outcome>;
  /** Resolves with the first match in its output; rejects when it ends before, or after `timeoutMs` (default 60,000). */
  saw(
    pattern: RegExp,
    options?: { readonly in?: 'stdout' | 'stderr'; readonly timeoutMs?: number },
  ): Promise<RegExpExecArray>;
  /** Sends SIGTERM, after `graceMs` (default 10,000) SIGKILL, and resolves with the outcome. Idempotent. */
  stop(options?: { readonly graceMs?: number; readonly signal?: NodeJS.Signals }): Promise<Outcome>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program beside the test. Whoever starts it stops it; what is left when the test process ends is killed. */
export function start(file: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(options.hasChannel === true ? ['ipc' as const] : []),
    ],
  });
  let failure = '';
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  running.add(child);
  const ended = new Promise<Outcome>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      running.delete(child);
      const bytes = out.bytes();
      resolve({ code, signal, stdout: bytes.toString(), stderr: err.bytes().toString() + failure, bytes });
    };
    child.once('error', (error) => {
      failure = error.message;
      finish(127, null);
    });
    child.once('close', finish);
  });
  if (options.input !== undefined && child.stdin !== null) {
    // A program may end without reading all of it.
    child.stdin.on('error', () => undefined);
    if (options.keepsInputOpen === true) child.stdin.write(options.input);
    else child.stdin.end(options.input);
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null || failure !== '';
  return {
    pid: child.pid ?? -1,
    child,
    stdout: () => out.bytes().toString(),
    stderr: () => err.bytes().toString(),
    ended,
    async saw(pattern, { in: stream = 'stdout', timeoutMs = 60_000 } = {}) {
      const source = stream === 'stdout' ? out : err;
      const found = await awaitCondition(
        () => pattern.exec(source.bytes().toString()) ?? (isOver() ? 'ended' : undefined),
        {
          what: `${file} writes ${pattern} to ${stream}`,
          timeoutMs,
          everyMs: 20,
        },
      );
      if (typeof found !== 'string') return found;
      const { code, signal, stdout, stderr } = await ended;
      const late = pattern.exec(stream === 'stdout' ? stdout : stderr);
      if (late !== null) return late;
      throw new Error(`${file} ended (${signal ?? code}) before it wrote ${pattern} to ${stream}:\n${stdout}${stderr}`);
    },
    async stop({ graceMs = 10_000, signal = 'SIGTERM' } = {}) {
      if (isOver()) return ended;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const outcome = await ended;
      clearTimeout(timer);
      return outcome;
    },
  };
}

/** Runs a program to its end. A non-zero exit is an outcome, not an error. */
export async function run(file: string, args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const program = start(file, args, options);
  const timer = setTimeout(() => program.child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
  const outcome = await program.ended;
  clearTimeout(timer);
  return outcome;
}

/** Resolves once a process that is not our child is gone. */
export async function awaitExit(pid: number, timeoutMs = 10_000): Promise<void> {
  await awaitCondition(
    () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    },
    { what: `process ${pid} ends`, timeoutMs },
  );
}

function collect(stream: Readable | null): { bytes(): Buffer } {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { bytes: () => Buffer.concat(chunks) };
}
