import { Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { reviewArg } from '../../reviews/review-arg.ts';

/** `sallyport reviews report` */
export default class ReviewsReport extends BaseCommand {
  static override summary = 'Write the report of an access review to stdout, as CSV or as lines of JSON.';
  static override description =
    'Cells of CSV that a spreadsheet would take for formulas have an apostrophe in front. In JSON, the first line is the review.';
  static override args = { review: reviewArg };
  static override flags = {
    output: Flags.option({
      char: 'o',
      summary: 'form of the report',
      options: ['csv', 'json'] as const,
      default: 'csv' as const,
    })(),
    ...sessionFlags,
  };
  static override examples = ['sallyport reviews report 2026-q4 -o csv > 2026-q4.csv'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewsReport);
    const { withSession } = await import('../../session/session.ts');
    const text = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getAccessReviewReport({ organization, id: args.review, format: flags.output }),
    );
    this.data(text);
  }
}
