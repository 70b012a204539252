import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { READING_MS, sessionIdArg } from '../../sessions/session-command.ts';

/** `sallyport sessions join` */
export default class SessionsJoin extends BaseCommand {
  static override summary = 'Watch a session while it runs. Nothing is typed into it; q leaves.';
  static override args = { id: sessionIdArg };
  static override flags = { ...sessionFlags };
  static override examples = ['sallyport sessions join rec_01kq5w3s8h4m2n6p7r9t1v3x5z'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsJoin);
    const { context } = this;
    const { withSession } = await import('../../session/session.ts');
    const { openKeys } = await import('../../sessions/keys.ts');
    const { openScreen } = await import('../../sessions/screen.ts');
    const { readLive } = await import('../../sessions/follow-live.ts');
    const { neutralise } = await import('../../output/neutralise.ts');
    await withSession(
      context,
      flags,
      async ({ api, readText, profile: { organization } }) => {
        const at = { organization, id: args.id };
        const { isTty } = await api.getSession(at);
        const signal = context.interruptSignal();
        const leaving = new AbortController();
        const { chunks } = await readText('watchRecording', at, { signal: leaving.signal });
        const screen = openScreen(context, isTty);
        const keys = openKeys(context, signal, context.stdout.isTTY === true);
        void leaveOnQuit(keys, leaving);
        let end = 'You left; the session goes on.';
        try {
          for await (const news of readLive(chunks)) {
            if (news.kind === 'end') end = `The session is over (${neutralise(news.reason ?? news.state ?? 'ended')}).`;
            else if (news.event.code === 'o') await screen.show(news.event.data);
          }
        } catch (error) {
          if (!leaving.signal.aborted) throw error;
        } finally {
          keys.close();
          await screen.restore();
        }
        this.note(end);
        signal.throwIfAborted();
      },
      { timeoutMs: READING_MS },
    );
  }
}

async function leaveOnQuit(keys: { next(ms: number): Promise<unknown> }, leaving: AbortController): Promise<void> {
  while ((await keys.next(Number.POSITIVE_INFINITY)) !== 'quit');
  leaving.abort();
}
