import { resolve } from 'node:path';
import { isCodedError } from '@sallyport/core';
import type { ServerConfig } from '@sallyport/server';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import type { ServerConfigChoice } from './with-key-management.ts';

/**
 * Reads the configuration of a server as its flags say.
 * @throws ServerError `ERR_CONFIG_INVALID`
 */
export async function loadConfig({ cwd, env }: CliContext, flags: ServerConfigChoice): Promise<ServerConfig> {
  const { loadServerConfig } = await import('@sallyport/server');
  return loadServerConfig({
    env,
    ...(flags.config !== undefined && { file: resolve(cwd, flags.config) }),
    flags: { ...(flags['state-dir'] !== undefined && { stateDir: resolve(cwd, flags['state-dir']) }) },
  });
}

/** Says what to do about a database that a server holds; passes on what it is given otherwise. */
export function explainInUse(error: unknown, nextStep: string): unknown {
  if (!isCodedError(error) || error.code !== 'ERR_STORE_LOCKED') return error;
  return new CliError({
    code: 'ERR_CLI_DATABASE_IN_USE',
    message: `a server runs on this database, which takes one process only: ${error.message}`,
    nextStep,
    cause: error,
  });
}
