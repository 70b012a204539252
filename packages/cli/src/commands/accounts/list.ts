import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { accountView, profileRow } from '../../output/profile-view.ts';

/** `sallyport accounts list` */
export default class AccountsList extends BaseCommand {
  static override summary = 'List the accounts that you are logged in with at a server.';
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(AccountsList);
    const { accountsAt } = await import('../../state/accounts.ts');
    const { readProfiles, selectionOf } = await import('../../state/profiles-file.ts');
    const { resolveHome } = await import('../../state/home.ts');
    const profiles = await readProfiles(resolveHome(this.context));
    const rows = accountsAt(profiles, selectionOf(this.context, flags)).map((it) => profileRow(it, profiles.current));
    await this.printList(flags, rows, accountView);
  }
}
