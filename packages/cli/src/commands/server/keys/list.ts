import { BaseCommand, outputFlags } from '../../../base-command.ts';
import { keyView } from '../../../server/key-view.ts';
import { serverConfigFlags, withKeyManagement } from '../../../server/with-key-management.ts';

/** `sallyport server keys list` */
export default class ServerKeysList extends BaseCommand {
  static override summary = 'List the keys of the server: which sign, which are announced, which still verify.';
  static override description = 'Reads the database of the configuration. Shows no secrets.';
  static override flags = { ...outputFlags, ...serverConfigFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerKeysList);
    const keys = await withKeyManagement(this.context, flags, (management) => management.list());
    if (keys.length === 0) this.note('There is no key yet: the server makes them at its first start.');
    await this.printList(flags, keys, keyView);
  }
}
