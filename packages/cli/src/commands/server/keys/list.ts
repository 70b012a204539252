import { BaseCommand, outputFlags } from '../../../base-command.ts';
import { keyView } from '../../../server/key-view.ts';
import { keysFlags, withKeys } from '../../../server/with-keys.ts';

/** `sallyport server keys list` */
export default class ServerKeysList extends BaseCommand {
  static override summary = 'List the keys of the server: which sign, which are announced, which still verify.';
  static override description =
    'Asks the server that you are logged in to; with --config, or where the environment configures a server, reads its database. Shows no secrets.';
  static override flags = { ...outputFlags, ...keysFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerKeysList);
    const keys = await withKeys(this.context, flags, (keys) => keys.list());
    if (keys.length === 0) this.note('There is no key yet: the server makes them at its first start.');
    await this.printList(flags, keys, keyView);
  }
}
