import { Flags } from '@oclif/core';
import type { GrantResource } from '@sallyport/core/api';
import { limitOf, listFlags, noteRest, stateFlag } from '../../access/list-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { grantView } from '../../output/grant-view.ts';

const STATES = ['scheduled', 'active', 'expired', 'revoked'] as const satisfies readonly GrantResource['state'][];

/** `sallyport grants list` */
export default class GrantsList extends BaseCommand {
  static override summary = 'List grants, newest first: your own, and those of others that you may see.';
  static override flags = {
    mine: Flags.boolean({ summary: 'only your own', exclusive: ['user'] }),
    state: stateFlag(STATES),
    ...listFlags,
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport grants list --mine',
    'sallyport grants list --state active,scheduled --role admin',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(GrantsList);
    const { withSession } = await import('../../session/session.ts');
    const { listUpTo } = await import('../../resources/list-all.ts');
    const listing = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listUpTo(limitOf(flags), (page) =>
        api.listGrants({
          organization,
          ...page,
          ...(flags.mine && { view: 'mine' as const }),
          ...(flags.state !== undefined && { state: flags.state.join(',') }),
          ...(flags.user !== undefined && { user: flags.user }),
          ...(flags.role !== undefined && { role: flags.role }),
        }),
      ),
    );
    noteRest(listing, 'There is no such grant that you may see.', (line) => this.note(line));
    await this.printList(flags, listing.items, grantView(this.context.clock.now()));
  }
}
