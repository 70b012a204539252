import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import type { KeyManagement } from '@sallyport/server';
import type { CliContext } from '../context.ts';

/** Flags of commands that work on the database of a server's configuration. */
export const serverConfigFlags = {
  config: Flags.string({ summary: 'YAML file with the configuration of the server', helpValue: 'FILE' }),
  'state-dir': Flags.string({ summary: 'folder of database, audit spool and keys', helpValue: 'DIR' }),
};

/**
 * Opens the database of a server's configuration for the length of `work`.
 * @throws ServerError `ERR_CONFIG_INVALID`; StoreError
 */
export async function withKeyManagement<Result>(
  { cwd, env, clock }: CliContext,
  flags: { readonly config?: string | undefined; readonly 'state-dir'?: string | undefined },
  work: (management: KeyManagement) => Promise<Result>,
): Promise<Result> {
  const { loadServerConfig, openKeyManagement } = await import('@sallyport/server');
  const config = loadServerConfig({
    env,
    ...(flags.config !== undefined && { file: resolve(cwd, flags.config) }),
    flags: { ...(flags['state-dir'] !== undefined && { stateDir: resolve(cwd, flags['state-dir']) }) },
  });
  const management = await openKeyManagement(config, { clock });
  try {
    return await work(management);
  } finally {
    await management.close();
  }
}
