import { BaseCommand } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';
import { serverConfigFlags, withKeyManagement } from '../../../server/with-key-management.ts';

/** `sallyport server keys rewrap` */
export default class ServerKeysRewrap extends BaseCommand {
  static override summary = 'Encrypt every secret in the database anew under the first encryption key.';
  static override description =
    'The file of encryptionKeyFile holds the new key first and the former ones behind it. Once this has finished, and every server runs with the new key first, the former ones can go.';
  static override flags = serverConfigFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerKeysRewrap);
    const { rewrapped, left } = await withKeyManagement(this.context, flags, (management) => management.rewrap());
    this.note(`${rewrapped} ${rewrapped === 1 ? 'secret was' : 'secrets were'} encrypted anew.`);
    if (left.length === 0) return;
    throw new CliError({
      code: 'ERR_CLI_KEYS_LEFT',
      message: `secrets in ${left.join(', ')} can't be opened with any of the configured keys and were left as they are`,
      nextStep: 'Put the key that they were encrypted with into the file as well, and run this again.',
    });
  }
}
