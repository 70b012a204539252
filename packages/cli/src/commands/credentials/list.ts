import { Flags } from '@oclif/core';
import type { CredentialList } from '@sallyport/core/api';
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
    const rows = await withSession(this.context, flags, async ({ api, profile }) => {
      if (!flags.all && flags.user === undefined) return (await api.listMyCredentials()).items;
      const items: CredentialList['items'] = [];
      let next: string | undefined;
      do {
        const page = await api.listCredentials({
          organization: profile.organization,
          limit: 500,
          ...(flags.user !== undefined && { user: flags.user }),
          ...(next !== undefined && { continue: next }),
        });
        items.push(...page.items);
        next = page.metadata.continue;
      } while (next !== undefined);
      return items;
    });
    await this.printList(flags, rows, credentialView);
  }
}
