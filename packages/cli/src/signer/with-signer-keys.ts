import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import type { SignerKeyManagement } from '@sallyport/server/signer';
import type { CliContext } from '../context.ts';

/** Flags of commands that work on the key file of a signer's configuration. */
export const signerConfigFlags = {
  config: Flags.string({
    summary: 'YAML file with the configuration of the signer',
    helpValue: 'FILE',
    required: true,
  }),
};

/**
 * Opens the key file of a signer's configuration for the length of `work`.
 * @throws ServerError `ERR_CONFIG_INVALID`; SignerError
 */
export async function withSignerKeys<Result>(
  { cwd, env, clock }: CliContext,
  configFile: string,
  work: (management: SignerKeyManagement) => Promise<Result>,
): Promise<Result> {
  const { loadSignerConfig, openSignerKeyManagement } = await import('@sallyport/server/signer');
  const management = openSignerKeyManagement(loadSignerConfig({ file: resolve(cwd, configFile), env }), clock);
  try {
    return await work(management);
  } finally {
    await management.close();
  }
}
