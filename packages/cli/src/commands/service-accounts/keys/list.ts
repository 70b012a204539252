import { Args } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { apiKeyView } from '../../../output/api-key-view.ts';

/** `sallyport service-accounts keys list` */
export default class ServiceAccountsKeysList extends BaseCommand {
  static override summary = 'List the live API keys of a service account, never their secrets.';
  static override args = { account: Args.string({ required: true, description: 'name of the service account' }) };
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServiceAccountsKeysList);
    const { withSession } = await import('../../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api, profile }) =>
      api.listApiKeys({ organization: profile.organization, name: args.account }),
    );
    await this.printList(flags, items, apiKeyView);
  }
}
