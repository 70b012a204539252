import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { accessReviewView } from '../../output/access-review-view.ts';
import { reviewArg } from '../../reviews/review-arg.ts';

/** `sallyport reviews remind` */
export default class ReviewsRemind extends BaseCommand {
  static override summary = 'Remind the reviewers of an access review of what waits for them.';
  static override args = { review: reviewArg };
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport reviews remind 2026-q4'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewsRemind);
    const { withSession } = await import('../../session/session.ts');
    const review = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.remindAccessReview({ organization, id: args.review }),
    );
    this.note(`Reminded: ${review.items.pending} are pending.`);
    if (flags.output === 'table') this.data(`accessreview/${review.name} ${review.state}\n`);
    else await this.printOne(flags, review, accessReviewView(this.context.clock.now()));
  }
}
