import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isCodedError, type Logger } from '@sallyport/core';
import { TerminalError } from './errors.ts';
import { createProcessRunner, sandboxProgram } from './process-runner.ts';
import type { Runner } from './runner.ts';

/** What terminals of this server run with, or why there are none. */
export interface Engine {
  readonly runner?: Runner;
  /** Why there is no runner. */
  readonly why?: TerminalError;
  readonly kubectlVersion: string;
}

/** What is configured about terminals. */
export interface TerminalConfig {
  /** Whether there are any. Default true, where the server has kubectl. */
  readonly isEnabled?: boolean;
  /** Path of kubectl. Default: the first on the server's PATH. */
  readonly kubectl?: string;
  /** Path of the program inside sandboxes. Default: beside this package's own files. */
  readonly program?: string;
}

/** What {@link startEngine} needs. */
export interface EngineOptions {
  readonly config: TerminalConfig;
  readonly mode: 'development' | 'production';
  /** Folder for sandboxes that have no memory of their own. */
  readonly folder: string;
  readonly logger: Logger;
}

/**
 * Finds out how terminals can run here, by opening one: what a kernel, a container runtime or a policy forbids shows by that
 * alone. In production mode there are none without isolation; in development mode there are, and the log says so.
 */
export async function startEngine({ config, mode, folder, logger }: EngineOptions): Promise<Engine> {
  const { kubectl } = config;
  if (config.isEnabled === false || kubectl === undefined) {
    const message =
      config.isEnabled === false
        ? 'terminals are switched off on this server'
        : 'this server has no kubectl to run terminals with';
    return none(new TerminalError({ code: 'ERR_TERMINAL_UNAVAILABLE', message, nextStep: ON_YOUR_MACHINE }));
  }
  try {
    const program = config.program ?? sandboxProgram();
    await Promise.all([access(kubectl, constants.X_OK), access(program)]);
    const kubectlVersion = await versionOf(kubectl);
    const of = { kubectl, program, folder, isRoot: process.getuid?.() === 0, logger };
    const isolated = createProcessRunner({ ...of, isolation: 'namespaces' });
    const problem = await tryOut(isolated);
    if (problem === undefined) return { runner: isolated, kubectlVersion };
    if (mode === 'production') {
      const why = new TerminalError({
        code: 'ERR_TERMINAL_UNISOLATED',
        message: 'terminals can not be kept apart on the machine of this server, so there are none',
        cause: problem,
        nextStep: ON_YOUR_MACHINE,
      });
      logger.error({ err: problem }, 'terminals are off: their sandbox could not be opened with namespaces of its own');
      return none(why);
    }
    logger.warn({ err: problem }, 'terminals run without isolation, which is for development alone');
    return { runner: createProcessRunner({ ...of, isolation: 'none' }), kubectlVersion };
  } catch (error) {
    logger.error({ err: error }, 'terminals are off');
    const message = 'terminals do not run on this server; its log says why';
    return none(
      new TerminalError({ code: 'ERR_TERMINAL_UNAVAILABLE', message, cause: error, nextStep: ON_YOUR_MACHINE }),
    );
  }
}

const ON_YOUR_MACHINE = 'Use kubectl on your machine: `sallyport kube login`.';

function none(why: TerminalError): Engine {
  return { why, kubectlVersion: '' };
}

async function tryOut(runner: Runner): Promise<unknown> {
  try {
    const sandbox = await runner.open({ id: `trial-${randomBytes(6).toString('hex')}`, kubeconfig: () => '{}' });
    await sandbox.close();
    return undefined;
  } catch (error) {
    if (isCodedError(error)) return error;
    throw error;
  }
}

async function versionOf(kubectl: string): Promise<string> {
  const { stdout } = await promisify(execFile)(kubectl, ['version', '--client', '-o', 'json'], {
    env: {},
    timeout: 10_000,
  });
  return (JSON.parse(stdout) as { readonly clientVersion: { readonly gitVersion: string } }).clientVersion.gitVersion;
}
