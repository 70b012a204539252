import { Args, Flags } from '@oclif/core';
import type { ApiClient } from '@sallyport/core/api';
import { ApiProblemError } from '@sallyport/core/api';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport login-sessions end` */
export default class LoginSessionsEnd extends BaseCommand {
  static override summary = 'End login sessions, with every credential and open stream that hangs on them.';
  static override args = { id: Args.string({ description: 'id of one session, yours or that of another' }) };
  static override flags = {
    ...sessionFlags,
    user: Flags.string({ summary: 'end all sessions of this user', helpValue: 'NAME', exclusive: ['mine'] }),
    mine: Flags.boolean({ summary: 'end all of your own, also the one of this command line' }),
  };
  static override examples = [
    'sallyport login-sessions end --user ada@example.com',
    'sallyport login-sessions end --mine',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LoginSessionsEnd);
    const choices = [args.id, flags.user, flags.mine || undefined].filter((each) => each !== undefined);
    if (choices.length !== 1) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'either an id, --user or --mine must be given',
        nextStep: 'Run "sallyport login-sessions list" to see the ids.',
      });
    }
    const { withSession } = await import('../../session/session.ts');
    const count = await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      if (args.id !== undefined) return endOne(api, organization, args.id);
      if (flags.user === undefined) return (await api.endMyLoginSessions()).endedCount;
      return (await api.endLoginSessionsOfUser({ organization, name: flags.user })).endedCount;
    });
    this.note(count === 1 ? 'One login session ended.' : `${count} login sessions ended.`);
  }
}

/** Ends a session that is the caller's own, else one that the caller may end as an administrator. */
async function endOne(
  api: Pick<ApiClient, 'endMyLoginSession' | 'endLoginSession'>,
  organization: string,
  id: string,
): Promise<number> {
  try {
    await api.endMyLoginSession({ id });
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.problem.code !== 'ERR_API_NOT_FOUND') throw error;
    await api.endLoginSession({ organization, id });
  }
  return 1;
}
