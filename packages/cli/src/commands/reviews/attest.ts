import { Flags } from '@oclif/core';
import { sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { AnswerCommand } from '../../reviews/answer-command.ts';
import { reviewArg } from '../../reviews/review-arg.ts';

/** `sallyport reviews attest` */
export default class ReviewsAttest extends AnswerCommand {
  static override summary = 'Say that access of others is still needed.';
  static override args = { review: reviewArg };
  static override strict = false;
  static override usage = 'reviews attest REVIEW (ITEM… | --all-mine) [FLAGS]';
  static override flags = {
    'all-mine': Flags.boolean({ summary: 'everything that still waits for you' }),
    reason: Flags.string({ summary: 'why', helpValue: 'TEXT' }),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport reviews attest 2026-q4 ari_01kq5w3s8h4m2n6p7r9t1v3x5z --reason "on call"',
    'sallyport reviews attest 2026-q4 --all-mine',
  ];

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(ReviewsAttest);
    const { review } = args;
    const named = argv.slice(1).map(String);
    if (named.length > 0 === (flags['all-mine'] === true)) {
      throw new CliError({
        code: 'ERR_CLI_USAGE',
        message: 'name either items or --all-mine',
        nextStep: `See what waits for you with: sallyport reviews show ${review} --items --mine`,
      });
    }
    const { withSession } = await import('../../session/session.ts');
    const { listAll } = await import('../../resources/list-all.ts');
    await withSession(this.context, flags, async (session) => {
      const { api, profile } = session;
      const where = { organization: profile.organization, id: review, view: 'mine' as const };
      const items = flags['all-mine']
        ? (await listAll((page) => api.listAccessReviewItems({ ...where, ...page }))).map(({ id }) => id)
        : named;
      if (items.length === 0) this.note('Nothing waits for you.');
      await this.answer(session, { review, items, verdict: 'attest', reason: flags.reason });
    });
  }
}
