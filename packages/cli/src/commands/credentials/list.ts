import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { credentialView } from '../../output/credential-view.ts';
import { listWhose, whoseFlags } from '../../resources/whose-flags.ts';

/** `sallyport credentials list` */
export default class CredentialsList extends BaseCommand {
  static override summary = 'List live kube credentials: your own, those of a user, or all of the organization.';
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    ...whoseFlags,
  };
  static override examples = [
    'sallyport credentials list',
    'sallyport credentials list --user ada@example.com -o wide',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(CredentialsList);
    const { withSession } = await import('../../session/session.ts');
    const rows = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listWhose(flags, {
        own: () => api.listMyCredentials(),
        page: (query) => api.listCredentials({ organization, ...query }),
      }),
    );
    await this.printList(flags, rows, credentialView);
  }
}
