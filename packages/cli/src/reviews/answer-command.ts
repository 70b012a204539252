import type { AccessReviewItemResource, Problem } from '@sallyport/core/api';
import { BaseCommand } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { subjectText } from '../output/access-review-view.ts';
import { neutralise } from '../output/neutralise.ts';
import type { Session } from '../session/session.ts';

/** What is answered, and how. */
export interface Answer {
  readonly review: string;
  readonly items: readonly string[];
  readonly verdict: 'attest' | 'remove';
  readonly reason?: string | undefined;
}

/** What both commands that answer in an access review do. */
export abstract class AnswerCommand extends BaseCommand {
  /**
   * Answers about one item after the other. One that is refused does not keep the others from it.
   * @throws CliError `ERR_CLI_PARTLY_DONE`
   * @throws ApiProblemError when there was only one, and it was refused
   */
  protected async answer(session: Session, { review, items, verdict, reason }: Answer): Promise<void> {
    const { ApiProblemError } = await import('@sallyport/core/api');
    const { api, profile } = session;
    const body = { verdict, ...(reason !== undefined && { reason }) };
    const problems: Problem[] = [];
    for (const item of items) {
      try {
        const answered = await api.decideAccessReviewItem({
          ...{ organization: profile.organization, id: review, item, body },
        });
        this.#tell(answered);
      } catch (error) {
        if (!(error instanceof ApiProblemError) || items.length === 1) throw error;
        problems.push(error.problem);
        this.note(neutralise(`${item}: ${error.problem.detail} (${error.problem.code})`));
      }
    }
    if (problems.length === 0) return;
    throw new CliError({
      code: 'ERR_CLI_PARTLY_DONE',
      message: `${problems.length} of ${items.length} answers were refused`,
      nextStep: problems[0]?.nextStep ?? 'Each reason stands above.',
    });
  }

  #tell({ id, state, subject, role, reason }: AccessReviewItemResource): void {
    this.data(`accessreviewitem/${id} ${state}\n`);
    if (state === 'skipped') this.note(neutralise(`${subjectText(subject)}, ${role}: ${reason ?? 'skipped'}`));
  }
}
