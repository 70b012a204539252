import { Args, Flags } from '@oclif/core';
import { formatDuration } from '@sallyport/core';
import type { SessionHitList } from '@sallyport/core/api';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import type { View } from '../../output/format.ts';
import { sessionFilterFlags, sessionFilterOf } from '../../sessions/session-command.ts';

type Hit = SessionHitList['items'][number];

const hitView: View<Hit> = {
  kind: 'session',
  name: ({ session }) => session.id,
  columns: [
    { header: 'ID', cell: ({ session }) => session.id },
    { header: 'STARTED', cell: ({ session }) => session.startedAt.toISOString() },
    { header: 'USER', cell: ({ session }) => session.user },
    { header: 'CLUSTER', cell: ({ session }) => session.cluster },
    { header: 'POD', cell: ({ session }) => `${session.namespace}/${session.pod}` },
    { header: 'AT', cell: ({ matches }) => atOf(matches[0]) },
    { header: 'PRINTED', cell: ({ matches }) => matches[0]?.text ?? '-' },
  ],
};

function atOf(match: Hit['matches'][number] | undefined): string {
  const seconds = Math.floor(match?.atSeconds ?? 0);
  return seconds === 0 ? '0s' : formatDuration(seconds * 1_000);
}

/** `sallyport sessions search` */
export default class SessionsSearch extends BaseCommand {
  static override summary = 'Find recorded sessions by what was printed in them.';
  static override description =
    'All words must have been printed, in any letter case; words in double quotes next to one another. AT is where "sessions play --from" finds it.';
  static override args = { query: Args.string({ description: 'what to look for', required: true }) };
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    ...sessionFilterFlags,
    limit: Flags.integer({ summary: 'how many sessions at the most', default: 20, min: 1, max: 50 }),
  };
  static override examples = [`sallyport sessions search '"drop table" users' --cluster prod --since 7d`];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsSearch);
    const { withSession } = await import('../../session/session.ts');
    const filter = sessionFilterOf(flags, this.context.clock.now());
    const { items } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.searchSessions({ organization, q: args.query, limit: flags.limit, ...filter }),
    );
    await this.printList(flags, items, hitView);
  }
}
