import { Flags } from '@oclif/core';
import { ApiProblemError } from '@sallyport/core/api';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { sessionIdArg } from '../../sessions/session-command.ts';

/** `sallyport sessions terminate` */
export default class SessionsTerminate extends BaseCommand {
  static override summary =
    'End a session that runs: your own, or that of another. Whoever is in it is told the reason.';
  static override args = { id: sessionIdArg };
  static override flags = {
    ...sessionFlags,
    reason: Flags.string({ summary: 'why', helpValue: 'TEXT', required: true }),
  };
  static override examples = ['sallyport sessions terminate rec_01kq5w3s8h4m2n6p7r9t1v3x5z --reason "not agreed upon"'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsTerminate);
    const { withSession } = await import('../../session/session.ts');
    const { id } = args;
    const body = { reason: flags.reason };
    await withSession(this.context, flags, async ({ api, profile: { organization } }) => {
      try {
        await api.terminateMySession({ id, body });
      } catch (error) {
        if (!(error instanceof ApiProblemError) || error.problem.code !== 'ERR_API_NOT_FOUND') throw error;
        await api.terminateSession({ organization, id, body });
      }
    });
    this.note('The session ends.');
  }
}
