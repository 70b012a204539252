import { join } from 'node:path';
import { expect } from 'vitest';
import type { CliContext } from '../context.ts';
import { createHome } from '../state/home.ts';
import { type Captured, runCaptured } from './run-captured.ts';

/** Runs a command line; what it remembers stays. */
export type Terminal = (argv: readonly string[], more?: Partial<CliContext>) => Promise<Captured>;

/** A command line with a state folder of its own below `folder`. */
export function createTerminal(folder: string, name: string): Terminal {
  const home = createHome(join(folder, name)).folder;
  const env = { SALLYPORT_HOME: home, SALLYPORT_KEYRING: 'off' };
  return (argv, more = {}) => runCaptured(argv, { env, userHome: home, cwd: folder, ...more });
}

/** What a command line wrote to stdout, once it has succeeded. */
export async function outputOf(captured: Promise<Captured>): Promise<string> {
  const { exitCode, stdout, stderr } = await captured;
  expect(exitCode, stderr).toBe(0);
  return stdout;
}
