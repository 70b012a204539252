import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { accessReviewView } from '../../output/access-review-view.ts';
import { reviewArg } from '../../reviews/review-arg.ts';

/** `sallyport reviews close` */
export default class ReviewsClose extends BaseCommand {
  static override summary = 'Close an access review now; what nobody answered is kept or removed, as the review says.';
  static override args = { review: reviewArg };
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport reviews close 2026-q4'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewsClose);
    const { withSession } = await import('../../session/session.ts');
    const review = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.closeAccessReview({ organization, id: args.review }),
    );
    this.note(
      `Closed: ${review.items.attested} attested, ${review.items.removed} removed, ${review.items.skipped} skipped.`,
    );
    if (flags.output === 'table') this.data(`accessreview/${review.name} ${review.state}\n`);
    else await this.printOne(flags, review, accessReviewView(this.context.clock.now()));
  }
}
