import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { loginSessionView } from '../../output/login-session-view.ts';
import { listWhose, whoseFlags } from '../../resources/whose-flags.ts';

/** `sallyport login-sessions list` */
export default class LoginSessionsList extends BaseCommand {
  static override summary = 'List login sessions: your own, those of a user, or all of the organization.';
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    ...whoseFlags,
  };
  static override examples = [
    'sallyport login-sessions list',
    'sallyport login-sessions list --user ada@example.com -o wide',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(LoginSessionsList);
    const { withSession } = await import('../../session/session.ts');
    const rows = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listWhose(flags, {
        own: () => api.listMyLoginSessions(),
        page: (query) => api.listLoginSessions({ organization, ...query }),
      }),
    );
    await this.printList(flags, rows, loginSessionView);
  }
}
