import { Flags } from '@oclif/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { limitOf, listFlags, noteRest, stateFlag } from '../../access/list-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { accessRequestView } from '../../output/access-request-view.ts';

const STATES = [
  'pending',
  'approved',
  'denied',
  'cancelled',
  'expired',
] as const satisfies readonly AccessRequestResource['state'][];

/** `sallyport access list` */
export default class AccessList extends BaseCommand {
  static override summary = 'List access requests, newest first: your own, and those that you may see or review.';
  static override flags = {
    mine: Flags.boolean({ summary: 'only your own', exclusive: ['to-review', 'to-follow-up', 'user'] }),
    'to-review': Flags.boolean({ summary: 'only those that wait for you', exclusive: ['to-follow-up'] }),
    'to-follow-up': Flags.boolean({ summary: 'only break-glass uses that wait for your follow-up review' }),
    state: stateFlag(STATES),
    ...listFlags,
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport access list --to-review',
    'sallyport access list --mine --state pending,approved',
    "sallyport access list --user ann@example.com -o jsonpath='{.items[0].id}'",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(AccessList);
    const { withSession } = await import('../../session/session.ts');
    const { listUpTo } = await import('../../resources/list-all.ts');
    const view = viewOf(flags);
    const listing = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listUpTo(limitOf(flags), (page) =>
        api.listAccessRequests({
          organization,
          ...page,
          ...(view !== undefined && { view }),
          ...(flags.state !== undefined && { state: flags.state.join(',') }),
          ...(flags.user !== undefined && { user: flags.user }),
          ...(flags.role !== undefined && { role: flags.role }),
        }),
      ),
    );
    noteRest(listing, 'There is no such access request that you may see.', (line) => this.note(line));
    await this.printList(flags, listing.items, accessRequestView(this.context.clock.now()));
  }
}

function viewOf(flags: {
  readonly mine: boolean;
  readonly 'to-review': boolean;
  readonly 'to-follow-up': boolean;
}): 'mine' | 'toReview' | 'followUp' | undefined {
  if (flags.mine) return 'mine';
  if (flags['to-review']) return 'toReview';
  return flags['to-follow-up'] ? 'followUp' : undefined;
}
