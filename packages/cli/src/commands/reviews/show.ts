import { Flags } from '@oclif/core';
import type { AccessReviewItemResource } from '@sallyport/core/api';
import { noteRest } from '../../access/list-flags.ts';
import { BaseCommand, type OutputChoice, outputFlags, sessionFlags } from '../../base-command.ts';
import { accessReviewItemView, accessReviewView } from '../../output/access-review-view.ts';
import { reviewArg } from '../../reviews/review-arg.ts';
import type { ProfileSelection } from '../../state/profiles.ts';

type ItemsChoice = OutputChoice &
  ProfileSelection & {
    readonly mine: boolean;
    readonly state?: AccessReviewItemResource['state'] | undefined;
  };

/** `sallyport reviews show` */
export default class ReviewsShow extends BaseCommand {
  static override summary = 'Show an access review: how far it is, or what it asks about.';
  static override args = { review: reviewArg };
  static override flags = {
    items: Flags.boolean({ summary: 'what it asks about' }),
    mine: Flags.boolean({ summary: 'only what waits for you', dependsOn: ['items'] }),
    state: Flags.option({
      summary: 'only what is in this state',
      options: ['pending', 'attested', 'removed', 'skipped'] as const,
      dependsOn: ['items'],
    })(),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = [
    'sallyport reviews show 2026-q4',
    'sallyport reviews show 2026-q4 --items --mine',
    'sallyport reviews show 2026-q4 --items --state removed -o wide',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewsShow);
    if (flags.items) return this.#showItems(args.review, flags);
    const { withSession } = await import('../../session/session.ts');
    const review = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getAccessReview({ organization, id: args.review }),
    );
    const now = this.context.clock.now();
    if (flags.output !== 'table' && flags.output !== 'wide') return this.printOne(flags, review, accessReviewView(now));
    const { formatCard } = await import('../../output/card.ts');
    const { reviewCard } = await import('../../reviews/review-card.ts');
    this.data(formatCard(reviewCard(review, now)));
  }

  async #showItems(id: string, flags: ItemsChoice): Promise<void> {
    const { withSession } = await import('../../session/session.ts');
    const { listUpTo } = await import('../../resources/list-all.ts');
    const listing = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      listUpTo(Number.POSITIVE_INFINITY, (page) =>
        api.listAccessReviewItems({
          ...{ organization, id },
          ...page,
          ...(flags.mine && { view: 'mine' as const }),
          ...(flags.state !== undefined && { state: flags.state }),
        }),
      ),
    );
    const totalCount = listing.items.length;
    noteRest({ ...listing, totalCount }, 'There is nothing of that sort that you may see.', (line) => this.note(line));
    await this.printList(flags, listing.items, accessReviewItemView);
  }
}
