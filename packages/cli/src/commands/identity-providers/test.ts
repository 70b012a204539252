import { Args } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport identity-providers test` */
export default class IdentityProvidersTest extends BaseCommand {
  static override summary = 'Test the connection to an identity provider.';
  static override description =
    'Reads its discovery document and keys, and says what signing in, live groups and logging out can use of it. Fails when people can not sign in with it.';
  static override args = { name: Args.string({ required: true, description: 'name of the identity provider' }) };
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport identity-providers test keycloak'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IdentityProvidersTest);
    const { withSession } = await import('../../session/session.ts');
    const { checks, isUsable } = await withSession(this.context, flags, ({ api, profile }) =>
      api.testIdentityProvider({ organization: profile.organization, name: args.name }),
    );
    await this.printList(flags, checks, {
      kind: 'check',
      name: (it) => it.name,
      columns: [
        { header: 'CHECK', cell: (it) => it.name },
        { header: 'OUTCOME', cell: (it) => it.outcome },
        { header: 'WHAT WAS FOUND', cell: (it) => it.message },
      ],
    });
    if (isUsable) return;
    throw new CliError({
      code: 'ERR_CLI_PROVIDER_UNUSABLE',
      message: `nobody can sign in with ${args.name}`,
      nextStep: 'Correct what failed, then test again.',
    });
  }
}
