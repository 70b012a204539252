import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport users invite` */
export default class UsersInvite extends BaseCommand {
  static override summary = 'Invite a local user: print a link by which they set up how they sign in.';
  static override description =
    'Creates the user where there is none of that name. The link is good once; whoever has it becomes that user.';
  static override args = { name: Args.string({ required: true, description: 'user name, e.g. an e-mail address' }) };
  static override flags = {
    'display-name': Flags.string({ summary: 'name for people, of a user who is created', helpValue: 'NAME' }),
    email: Flags.string({ summary: 'e-mail address, of a user who is created', helpValue: 'ADDRESS' }),
    lifetime: Flags.string({ summary: 'how long the link is good for; 7d by default, 30d at most', helpValue: '7d' }),
    ...sessionFlags,
  };
  static override examples = ['sallyport users invite ada@example.com --display-name Ada'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsersInvite);
    const { withSession } = await import('../../session/session.ts');
    const { createIfMissing } = await import('../../local-users/create-if-missing.ts');
    const { lifetime, email, 'display-name': displayName } = flags;
    const { link, expiresAt } = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      await createIfMissing(api, organization, args.name, {
        ...(displayName !== undefined && { displayName }),
        ...(email !== undefined && { email }),
      });
      const body = lifetime === undefined ? {} : { lifetime };
      return api.inviteUser({ organization, name: args.name, body });
    });
    this.data(`${link}\n`);
    this.note(`Hand the link to ${args.name} and nobody else. It is good once, until ${expiresAt.toISOString()}.`);
  }
}
