/** Child processes of a run: started, asked for their figures, and ended with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A process that takes part in a configuration. */
export interface BenchProcess {
  readonly pid: number;
  /** First line that it printed on stdout. */
  readonly ready: Promise<string>;
  /** Resolves with `performance.now()` of its end. Never rejects. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** Path of a compiled driver. */
export const driver = (name: string): string => join(import.meta.dirname, `${name}.mjs`);

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program whose first line on stdout says that it is ready. */
export function startProcess(file: string, args: readonly string[], env: Record<string, string> = {}): BenchProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  let output = '';
  let problems = '';
  child.stderr.on('data', (chunk) => {
    problems = (problems + chunk).slice(-4_000);
  });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', () => {
      running.delete(child);
      resolve(performance.now());
    });
    child.once('error', () => resolve(performance.now()));
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const end = output.indexOf('\n');
      if (end !== -1) resolve(output.slice(0, end));
    });
    void ended.then(() => reject(new Error(`${file} ${args[0] ?? ''} ended before it was ready: ${problems}`)));
  });
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    ready,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Runs a program to its end and returns its stdout; a non-zero exit is an error. */
export function runProcess(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(child);
    let out = '';
    let problems = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      problems += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      if (code === 0) resolve(out);
      else reject(new Error(`${file} ${args.join(' ')}: ${problems || `exit ${code}`}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** CPU time that processes have used so far, in milliseconds: user and system. Linux only; `undefined` elsewhere. */
export function cpuMs(pids: readonly number[]): number | undefined {
  try {
    let ticks = 0;
    for (const pid of pids) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks * 10;
  } catch {
    return undefined;
  }
}

/**
 * Resolves once processes rest, at the latest after ten seconds: what a load leaves to be done, such as audit events on
 * their way to the database, must not weigh on whoever is measured next. At once where {@link cpuMs} knows nothing.
 */
export async function atRest(pids: readonly number[]): Promise<void> {
  let before = cpuMs(pids);
  for (let looks = 0; looks < 50; looks += 1) {
    if (before === undefined || pids.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = cpuMs(pids);
    if (now !== undefined && now - before <= 10) return;
    before = now;
  }
}

/** Resident memory of processes together, in MiB. Linux only; `undefined` elsewhere. */
export function rssMiB(pids: readonly number[]): number | undefined {
  try {
    let kib = 0;
    for (const pid of pids) kib += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return kib / 1024;
  } catch {
    return undefined;
  }
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
