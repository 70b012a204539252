import { Args, Flags } from '@oclif/core';
import { sessionFlags } from '../../base-command.ts';
import { neutralise } from '../../output/neutralise.ts';
import { ResourceCommand } from '../../resources/resource-command.ts';

/** `sallyport users reset` */
export default class UsersReset extends ResourceCommand {
  static override summary = 'Take away what a local user signs in with, end their sessions, and print a recovery link.';
  static override args = { name: Args.string({ required: true, description: 'user name' }) };
  static override flags = {
    yes: Flags.boolean({ char: 'y', summary: 'reset without asking' }),
    ...sessionFlags,
  };
  static override examples = ['sallyport users reset ada@example.com'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsersReset);
    const name = neutralise(args.name);
    await this.confirm(`Take everything away that ${name} signs in with, and end their sessions?`, {
      isConfirmed: flags.yes,
    });
    const { withSession } = await import('../../session/session.ts');
    const { link, expiresAt, endedCount } = await withSession(this.context, flags, ({ api, profile }) =>
      api.resetUser({ organization: profile.organization, name: args.name }),
    );
    this.data(`${link}\n`);
    this.note(`${endedCount} login sessions ended.`);
    this.note(`Hand the link to ${name} and nobody else. It is good once, until ${expiresAt.toISOString()}.`);
  }
}
