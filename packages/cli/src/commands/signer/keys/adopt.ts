import { Flags } from '@oclif/core';
import { BaseCommand } from '../../../base-command.ts';
import { withKeyManagement } from '../../../server/with-key-management.ts';
import { signerConfigFlags, withSignerKeys } from '../../../signer/with-signer-keys.ts';

/** `sallyport signer keys adopt` */
export default class SignerKeysAdopt extends BaseCommand {
  static override summary = 'Move the capability keys of a server into a signer.';
  static override description =
    'They leave the database of the server, which serves nothing from then on until its configuration names the signer. Installed agents notice nothing. Stop every server first, and rotate the keys soon after: backups of the database still hold them.';
  static override flags = {
    from: Flags.string({
      summary: 'YAML file with the configuration of the server',
      helpValue: 'FILE',
      required: true,
    }),
    ...signerConfigFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SignerKeysAdopt);
    const moved = await withSignerKeys(this.context, flags.config, (signer) =>
      withKeyManagement(this.context, { config: flags.from }, (server) => server.moveCapabilityKeys(signer.adopt)),
    );
    this.note(moved === 0 ? 'The server holds no capability keys.' : `Moved ${moved} keys. Rotate them soon.`);
  }
}
