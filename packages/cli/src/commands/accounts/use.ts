import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport accounts use` */
export default class AccountsUse extends BaseCommand {
  static override summary = 'Go on with another of your accounts at a server.';
  static override description =
    'kubectl is not affected: a context goes on acting as the account that wrote it, until "sallyport kube login" writes it again.';
  static override args = {
    account: Args.string({ required: true, description: 'user name, or organization/user name' }),
  };
  static override flags = sessionFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccountsUse);
    const { accountsAt, findAccount } = await import('../../state/accounts.ts');
    const { withCurrent } = await import('../../state/profiles.ts');
    const { selectionOf, updateProfiles } = await import('../../state/profiles-file.ts');
    const { resolveHome } = await import('../../state/home.ts');
    const { current } = await updateProfiles(this.context, resolveHome(this.context), (profiles) => {
      const accounts = accountsAt(profiles, selectionOf(this.context, flags));
      return withCurrent(profiles, findAccount(accounts, args.account).name);
    });
    this.note(`The current account is ${neutralise(args.account)}, profile ${current}.`);
  }
}
