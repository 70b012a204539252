import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { passkeyView } from '../../../local-users/passkey-view.ts';

/** `sallyport me passkeys list` */
export default class MePasskeysList extends BaseCommand {
  static override summary = 'List your passkeys.';
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(MePasskeysList);
    const { withSession } = await import('../../../session/session.ts');
    const { passkeys } = await withSession(this.context, flags, ({ api }) => api.getMyFactors());
    await this.printList(flags, passkeys, passkeyView);
  }
}
