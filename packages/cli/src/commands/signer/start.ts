import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { createLineLogger } from '../../output/line-logger.ts';

/** `sallyport signer start` */
export default class SignerStart extends BaseCommand {
  static override summary = 'Run the signer of capabilities until it is stopped by a signal.';
  static override description =
    'It holds the keys that let requests into clusters, so that the server holds none. docs/signer.md says what it signs and what it keeps from whom. Logs are lines of JSON on stderr.';
  static override flags = {
    config: Flags.string({ summary: 'YAML file with the configuration', helpValue: 'FILE', required: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SignerStart);
    const { loadSignerConfig, runSigner } = await import('@sallyport/server/signer');
    const { cwd, env, stderr, clock } = this.context;
    const config = loadSignerConfig({ file: resolve(cwd, flags.config), env });
    await runSigner({ config, clock, logger: createLineLogger(stderr, clock), signal: this.context.interruptSignal() });
  }
}
