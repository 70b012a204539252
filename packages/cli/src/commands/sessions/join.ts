import { BaseCommand } from '../../base-command.ts';
import { sessionIdArg, viewFlags } from '../../sessions/session-command.ts';

/** `sallyport sessions join` */
export default class SessionsJoin extends BaseCommand {
  static override summary = 'Watch a session while it runs. Nothing is typed into it; q leaves.';
  static override args = { id: sessionIdArg };
  static override flags = { ...viewFlags };
  static override examples = ['sallyport sessions join rec_01kq5w3s8h4m2n6p7r9t1v3x5z'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsJoin);
    const { viewSession } = await import('../../sessions/view-session.ts');
    const { watchLive } = await import('../../sessions/watch-live.ts');
    await viewSession(this.context, flags, args.id, watchLive);
  }
}
