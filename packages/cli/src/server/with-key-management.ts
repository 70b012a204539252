import { Flags } from '@oclif/core';
import type { KeyManagement } from '@sallyport/server';
import type { CliContext } from '../context.ts';
import { explainInUse, loadConfig } from './load-config.ts';

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
  context: CliContext,
  flags: ServerConfigChoice,
  work: (management: KeyManagement) => Promise<Result>,
  insteadOfWaiting = 'Stop the server first.',
): Promise<Result> {
  const { openKeyManagement } = await import('@sallyport/server');
  const config = await loadConfig(context, flags);
  const management = await openKeyManagement(config, { clock: context.clock }).catch((error: unknown) => {
    throw explainInUse(error, insteadOfWaiting);
  });
  try {
    return await work(management);
  } finally {
    await management.close();
  }
}
