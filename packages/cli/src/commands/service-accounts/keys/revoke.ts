import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';

/** `sallyport service-accounts keys revoke` */
export default class ServiceAccountsKeysRevoke extends BaseCommand {
  static override summary = 'Revoke an API key, and everything minted with it, at once.';
  static override args = {
    account: Args.string({ required: true, description: 'name of the service account' }),
    key: Args.string({ required: true, description: 'name or id of the key' }),
  };
  static override flags = { ...sessionFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServiceAccountsKeysRevoke);
    const { withSession } = await import('../../../session/session.ts');
    await withSession(this.context, flags, async ({ api, profile }) => {
      const account = { organization: profile.organization, name: args.account };
      const { items } = await api.listApiKeys(account);
      const key = items.find(({ id, name }) => id === args.key || name === args.key);
      if (key === undefined) {
        throw new CliError({
          code: 'ERR_CLI_USAGE',
          message: `${args.account} has no API key ${JSON.stringify(args.key)}`,
          nextStep: `Run "sallyport service-accounts keys list ${args.account}" for those that live.`,
        });
      }
      await api.revokeApiKey({ ...account, id: key.id });
      this.note(`Revoked ${key.name} (${key.id}).`);
    });
  }
}
