import { Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { loginSessionView } from '../../output/login-session-view.ts';

/** `sallyport login-sessions list` */
export default class LoginSessionsList extends BaseCommand {
  static override summary = 'List login sessions: your own, those of a user, or all of the organization.';
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    user: Flags.string({ summary: 'those of this user', helpValue: 'NAME', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'those of everybody in the organization' }),
  };
  static override examples = [
    'sallyport login-sessions list',
    'sallyport login-sessions list --user ada@example.com -o wide',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(LoginSessionsList);
    const { withSession } = await import('../../session/session.ts');
    const { listAll } = await import('../../resources/list-all.ts');
    const { user } = flags;
    const rows = await withSession(this.context, flags, async ({ api, profile: { organization } }) =>
      flags.all || user !== undefined
        ? listAll((page) => api.listLoginSessions({ organization, ...page, ...(user !== undefined && { user }) }))
        : (await api.listMyLoginSessions()).items,
    );
    await this.printList(flags, rows, loginSessionView);
  }
}
