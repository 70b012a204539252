import { Args, Flags } from '@oclif/core';
import type { CreateApiKey } from '@sallyport/core/api';
import { BaseCommand, sessionFlags } from '../../../base-command.ts';
import { formatData } from '../../../output/format.ts';

/** `sallyport service-accounts keys create` */
export default class ServiceAccountsKeysCreate extends BaseCommand {
  static override summary = 'Create an API key of a service account and print its secret, this once.';
  static override args = {
    account: Args.string({ required: true, description: 'name of the service account' }),
    name: Args.string({ required: true, description: 'name of the key, unique in the account' }),
  };
  static override flags = {
    lifetime: Flags.string({ summary: 'life of the key, at most 366d; 90d by default', helpValue: 'DURATION' }),
    permission: Flags.string({
      summary: 'limit the key to this permission; may be repeated',
      helpValue: 'PERMISSION',
      multiple: true,
    }),
    from: Flags.string({
      summary: 'address or network that the key may be used from; may be repeated',
      helpValue: 'CIDR',
      multiple: true,
    }),
    output: Flags.option({
      char: 'o',
      summary: 'form of the output: the secret alone, or all that is known of the key',
      options: ['secret', 'json', 'yaml'] as const,
      default: 'secret',
    })(),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport service-accounts keys create deployer ci --lifetime 30d',
    'sallyport service-accounts keys create auditor siem --permission audit.read --from 192.0.2.0/24',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServiceAccountsKeysCreate);
    const { withSession } = await import('../../../session/session.ts');
    const body: CreateApiKey = {
      name: args.name,
      ...(flags.lifetime !== undefined && { lifetime: flags.lifetime }),
      // What is none is refused by the server, with those that there are.
      ...(flags.permission && { permissions: flags.permission as NonNullable<CreateApiKey['permissions']> }),
      ...(flags.from && { ipRanges: flags.from }),
    };
    const created = await withSession(this.context, flags, ({ api, profile }) =>
      api.createApiKey({ organization: profile.organization, name: args.account, body }),
    );
    this.data(flags.output === 'secret' ? `${created.secret}\n` : await formatData(flags.output, created));
    this.note(`The key ${args.name} of ${args.account} ends ${created.apiKey.expiresAt.toISOString()}.`);
    this.note('Its secret is not shown again. Programs take it from SALLYPORT_API_KEY.');
  }
}
