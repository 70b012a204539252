import { Flags } from '@oclif/core';
import { limitOf, listFlags, noteRest } from '../../access/list-flags.ts';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { accessReviewView } from '../../output/access-review-view.ts';

/** `sallyport reviews list` */
export default class ReviewsList extends BaseCommand {
  static override summary = 'List access reviews, newest first.';
  static override flags = {
    mine: Flags.boolean({ summary: 'only open ones in which you answer' }),
    state: Flags.option({ summary: 'only those in this state', options: ['open', 'closed'] as const })(),
    limit: listFlags.limit,
    all: listFlags.all,
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport reviews list --mine', 'sallyport reviews list --state closed -o json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ReviewsList);
    const { withSession } = await import('../../session/session.ts');
    const { listUpTo } = await import('../../resources/list-all.ts');
    const listing = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listUpTo(limitOf(flags), (page) =>
        api.listAccessReviews({
          organization,
          ...page,
          ...(flags.mine && { view: 'mine' as const }),
          ...(flags.state !== undefined && { state: flags.state }),
        }),
      ),
    );
    noteRest(listing, 'There is no such access review that you may see.', (line) => this.note(line));
    await this.printList(flags, listing.items, accessReviewView(this.context.clock.now()));
  }
}
