import { Args, Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { formatData } from '../../output/format.ts';

/** `sallyport identity-providers scim-token` */
export default class IdentityProvidersScimToken extends BaseCommand {
  static override summary = 'Issue a new token for the SCIM endpoint of an identity provider and print it, this once.';
  static override args = { name: Args.string({ required: true, description: 'name of the identity provider' }) };
  static override flags = {
    overlap: Flags.string({
      summary: 'how long earlier tokens go on, at most 7d; 1h by default, 0s ends them at once',
      helpValue: 'DURATION',
    }),
    output: Flags.option({
      char: 'o',
      summary: 'form of the output: the token alone, or with its address and times',
      options: ['token', 'json', 'yaml'] as const,
      default: 'token',
    })(),
    ...sessionFlags,
  };
  static override examples = ['sallyport identity-providers scim-token okta'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IdentityProvidersScimToken);
    const { withSession } = await import('../../session/session.ts');
    const issued = await withSession(this.context, flags, ({ api, profile }) =>
      api.issueScimToken({
        organization: profile.organization,
        name: args.name,
        ...(flags.overlap !== undefined && { body: { overlap: flags.overlap } }),
      }),
    );
    this.data(flags.output === 'token' ? `${issued.token}\n` : await formatData(flags.output, issued));
    this.note(`Enter it at the identity provider, for the address ${issued.url}`);
    this.note(`It is not shown again. Earlier tokens end ${issued.earlierEndAt.toISOString()}.`);
  }
}
