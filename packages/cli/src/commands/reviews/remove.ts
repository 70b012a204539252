import { Flags } from '@oclif/core';
import { sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { AnswerCommand } from '../../reviews/answer-command.ts';
import { reviewArg } from '../../reviews/review-arg.ts';

/** `sallyport reviews remove` */
export default class ReviewsRemove extends AnswerCommand {
  static override summary = 'Take access away that is no longer needed, at once.';
  static override args = { review: reviewArg };
  static override strict = false;
  static override usage = 'reviews remove REVIEW ITEM… --reason TEXT [FLAGS]';
  static override flags = {
    reason: Flags.string({ required: true, summary: 'why; it stands in the report', helpValue: 'TEXT' }),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport reviews remove 2026-q4 ari_01kq5w3s8h4m2n6p7r9t1v3x5z --reason "left the team"',
  ];

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(ReviewsRemove);
    const { review } = args;
    const items = argv.slice(1).map(String);
    if (items.length === 0) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'no item is named',
        nextStep: `See them with: sallyport reviews show ${review} --items --mine`,
      });
    }
    const { withSession } = await import('../../session/session.ts');
    await withSession(this.context, flags, (session) =>
      this.answer(session, { review, items, verdict: 'remove', reason: flags.reason }),
    );
  }
}
