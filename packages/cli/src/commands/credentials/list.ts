import { Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { credentialView } from '../../output/credential-view.ts';

/** `sallyport credentials list` */
export default class CredentialsList extends BaseCommand {
  static override summary = 'List live kube credentials: your own, those of a user, or all of the organization.';
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    user: Flags.string({ summary: 'those of this user', helpValue: 'NAME', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'those of everybody in the organization' }),
  };
  static override examples = [
    'sallyport credentials list',
    'sallyport credentials list --user ada@example.com -o wide',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(CredentialsList);
    const { withSession } = await import('../../session/session.ts');
    const { listAll } = await import('../../resources/list-all.ts');
    const { user } = flags;
    const rows = await withSession(this.context, flags, async ({ api, profile: { organization } }) =>
      flags.all || user !== undefined
        ? listAll((page) => api.listCredentials({ organization, ...page, ...(user !== undefined && { user }) }))
        : (await api.listMyCredentials()).items,
    );
    await this.printList(flags, rows, credentialView);
  }
}
