import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { isCodedError } from '@sallyport/core';
import type { KeyManagement } from '@sallyport/server';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';

/** Flags of commands that work on the database of a server's configuration. */
export const serverConfigFlags = {
  config: Flags.string({ summary: 'YAML file with the configuration of the server', helpValue: 'FILE' }),
  'state-dir': Flags.string({ summary: 'folder of database, audit spool and keys', helpValue: 'DIR' }),
};

/** What {@link serverConfigFlags} parse to. */
export interface ServerConfigChoice {
  readonly config?: string | undefined;
  readonly 'state-dir'?: string | undefined;
}

/**
 * Opens the database of a server's configuration for the length of `work`. `insteadOfWaiting` is what to do while a server
 * runs on it.
 * @throws CliError `ERR_CLI_DATABASE_IN_USE`; ServerError `ERR_CONFIG_INVALID`; StoreError
 */
export async function withKeyManagement<Result>(
  { cwd, env, clock }: CliContext,
  flags: ServerConfigChoice,
  work: (management: KeyManagement) => Promise<Result>,
  insteadOfWaiting = 'Stop the server first.',
): Promise<Result> {
  const { loadServerConfig, openKeyManagement } = await import('@sallyport/server');
  const config = loadServerConfig({
    env,
    ...(flags.config !== undefined && { file: resolve(cwd, flags.config) }),
    flags: { ...(flags['state-dir'] !== undefined && { stateDir: resolve(cwd, flags['state-dir']) }) },
  });
  const management = await openKeyManagement(config, { clock }).catch((error: unknown) => {
    if (!isCodedError(error) || error.code !== 'ERR_STORE_LOCKED') throw error;
    throw new CliError({
      code: 'ERR_CLI_DATABASE_IN_USE',
      message: `a server runs on this database, which takes one process only: ${error.message}`,
      nextStep: insteadOfWaiting,
      cause: error,
    });
  });
  try {
    return await work(management);
  } finally {
    await management.close();
  }
}
