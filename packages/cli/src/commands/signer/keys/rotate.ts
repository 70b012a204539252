import { Flags } from '@oclif/core';
import { BaseCommand, outputFlags } from '../../../base-command.ts';
import { keyView } from '../../../server/key-view.ts';
import { signerConfigFlags, withSignerKeys } from '../../../signer/with-signer-keys.ts';

/** `sallyport signer keys rotate` */
export default class SignerKeysRotate extends BaseCommand {
  static override summary = 'Rotate the key of a signer: announce a new one, let it sign, retire the former.';
  static override description =
    'Works on the key file of the configuration; a running signer follows within a second, servers and agents after it.';
  static override flags = {
    now: Flags.boolean({
      summary: 'announce for 30 seconds only',
      exclusive: ['emergency'],
    }),
    emergency: Flags.boolean({
      summary: 'sign with the new key at once and void everything that the former ones signed',
      exclusive: ['now'],
    }),
    ...outputFlags,
    ...signerConfigFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SignerKeysRotate);
    const mode = flags.emergency ? 'emergency' : flags.now ? 'now' : 'announced';
    const keys = await withSignerKeys(this.context, flags.config, (management) => management.rotate(mode));
    await this.printList(flags, keys, keyView);
  }
}
