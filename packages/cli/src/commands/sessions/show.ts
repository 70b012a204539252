import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { formatCard } from '../../output/card.ts';
import { sessionCard, sessionView } from '../../output/session-view.ts';
import { sessionIdArg } from '../../sessions/session-command.ts';

/** `sallyport sessions show` */
export default class SessionsShow extends BaseCommand {
  static override summary = 'Show what is known of a recorded session, without what was printed in it.';
  static override args = { id: sessionIdArg };
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport sessions show rec_01kq5w3s8h4m2n6p7r9t1v3x5z'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsShow);
    const { withSession } = await import('../../session/session.ts');
    const session = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getSession({ organization, id: args.id }),
    );
    if (flags.output === 'table') this.data(formatCard(sessionCard(session)));
    else await this.printOne(flags, session, sessionView);
  }
}
