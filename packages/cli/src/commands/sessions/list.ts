import { Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { sessionView } from '../../output/session-view.ts';
import { sessionFilterFlags, sessionFilterOf } from '../../sessions/session-command.ts';

/** `sallyport sessions list` */
export default class SessionsList extends BaseCommand {
  static override summary = 'List recorded terminal sessions, newest first.';
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    ...sessionFilterFlags,
    state: Flags.option({
      options: ['recording', 'complete', 'interrupted', 'incomplete'] as const,
      summary: 'those in this state',
    })(),
    running: Flags.boolean({ summary: 'those that run now', exclusive: ['state'] }),
    mine: Flags.boolean({ summary: 'your own that run now; needs no permission' }),
    limit: Flags.integer({ summary: 'how many at the most', default: 100, min: 1 }),
  };
  static override examples = [
    'sallyport sessions list --running',
    'sallyport sessions list --cluster prod --user ada@example.com --since 7d -o wide',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(SessionsList);
    const { withSession } = await import('../../session/session.ts');
    const { listUpTo } = await import('../../resources/list-all.ts');
    const state = flags.running ? 'recording' : flags.state;
    const filter = { ...sessionFilterOf(flags, this.context.clock.now()), ...(state !== undefined && { state }) };
    const { items } = await withSession(this.context, flags, async ({ api, profile: { organization } }) =>
      flags.mine
        ? api.listMySessions()
        : listUpTo(flags.limit, (page) => api.listSessions({ organization, ...filter, ...page })),
    );
    await this.printList(flags, items, sessionView);
  }
}
