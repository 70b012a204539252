import { BaseCommand, outputFlags } from '../../../base-command.ts';
import { keyView } from '../../../server/key-view.ts';
import { signerConfigFlags, withSignerKeys } from '../../../signer/with-signer-keys.ts';

/** `sallyport signer keys list` */
export default class SignerKeysList extends BaseCommand {
  static override summary = 'List the keys of a signer: which signs, which are announced, which still verify.';
  static override description =
    'Reads the key file of the configuration, also while the signer runs. Shows no secrets.';
  static override flags = { ...outputFlags, ...signerConfigFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(SignerKeysList);
    const keys = await withSignerKeys(this.context, flags.config, (management) => management.list());
    if (keys.length === 0) this.note('There is no key yet: the signer makes one at its first start.');
    await this.printList(flags, keys, keyView);
  }
}
