import { systemClock } from '@sallyport/core';
import type { CliContext } from '../context.ts';
import { runCli } from '../run.ts';

/** What a command line did. */
export interface Captured {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process and gives back what it wrote. */
export async function runCaptured(argv: readonly string[], overrides: Partial<CliContext> = {}): Promise<Captured> {
  let stdout = '';
  let stderr = '';
  const context = aContext({
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    ...overrides,
  });
  const exitCode = await runCli(argv, context);
  return { exitCode, stdout, stderr };
}

/** A context that touches nothing of the machine unless told to. */
export function aContext(overrides: Partial<CliContext> = {}): CliContext {
  return {
    version: '0.0.0-test',
    env: {},
    cwd: '/nonexistent',
    userHome: '/nonexistent',
    platform: process.platform,
    stdin: { async *[Symbol.asyncIterator]() {} },
    stdout: { write: () => true },
    stderr: { write: () => true },
    clock: systemClock,
    selfCommand: ['sallyport'],
    openBrowser: async () => false,
    openEditor: async () => 1,
    runDetached: async () => {},
    interruptSignal: () => new AbortController().signal,
    ...overrides,
  };
}
