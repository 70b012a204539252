import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { neutralise } from '../../output/neutralise.ts';

/** `sallyport users expire-password` */
export default class UsersExpirePassword extends BaseCommand {
  static override summary = 'Demand that a local user replaces their password at the next login.';
  static override args = { name: Args.string({ required: true, description: 'user name' }) };
  static override flags = { ...sessionFlags };
  static override examples = ['sallyport users expire-password ada@example.com'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsersExpirePassword);
    const { withSession } = await import('../../session/session.ts');
    await withSession(this.context, flags, ({ api, profile }) =>
      api.demandPasswordChange({ organization: profile.organization, name: args.name }),
    );
    this.note(`${neutralise(args.name)} will be asked for a new password.`);
  }
}
