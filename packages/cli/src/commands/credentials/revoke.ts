import { Args, Flags } from '@oclif/core';
import type { ApiClient } from '@sallyport/core/api';
import { ApiProblemError } from '@sallyport/core/api';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport credentials revoke` */
export default class CredentialsRevoke extends BaseCommand {
  static override summary = 'Revoke kube credentials, and end the streams that run under them, at once.';
  static override description =
    'A login session that is still there can mint another one: when somebody else may hold what signs you in, end the session instead, with "sallyport login-sessions end".';
  static override args = { id: Args.string({ description: 'id of one credential, yours or that of another' }) };
  static override flags = {
    ...sessionFlags,
    user: Flags.string({ summary: 'revoke all of this user', helpValue: 'NAME', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'revoke all of your own' }),
  };
  static override examples = [
    'sallyport credentials revoke crd_01jd1x2y3z4a5b6c7d8e9fghjk',
    'sallyport credentials revoke --all',
    'sallyport credentials revoke --user ada@example.com',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CredentialsRevoke);
    const choices = [args.id, flags.user, flags.all || undefined].filter((each) => each !== undefined);
    if (choices.length !== 1) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'either an id, --user or --all must be given',
        nextStep: 'Run "sallyport credentials list" to see the ids.',
      });
    }
    const { withSession } = await import('../../session/session.ts');
    const count = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      if (args.id !== undefined) return revokeOne(api, organization, args.id);
      if (flags.user === undefined) return (await api.revokeMyCredentials()).endedCount;
      return (await api.revokeCredentialsOfUser({ organization, name: flags.user })).endedCount;
    });
    this.note(count === 1 ? 'One kube credential revoked.' : `${count} kube credentials revoked.`);
  }
}

/** Revokes one that is the caller's own, else one that the caller may revoke as an administrator. */
async function revokeOne(
  api: Pick<ApiClient, 'revokeMyCredential' | 'revokeCredential'>,
  organization: string,
  id: string,
): Promise<number> {
  try {
    await api.revokeMyCredential({ id });
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.problem.code !== 'ERR_API_NOT_FOUND') throw error;
    await api.revokeCredential({ organization, id });
  }
  return 1;
}
