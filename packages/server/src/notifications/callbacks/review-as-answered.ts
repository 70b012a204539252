import { createAuditEvent } from '@sallyport/audit';
import { reviewAccessRequestSchema } from '@sallyport/core/api';
import { findStepUpNeed } from '../../access/step-up-demand.ts';
import type { AccessActor, AccessContext } from '../../access-requests/ground.ts';
import { review } from '../../access-requests/review.ts';
import { describePrincipal } from '../../authn/login-sessions.ts';
import { ApiError } from '../../errors.ts';
import { requestTrace } from '../../request-trace.ts';
import { plainText } from '../plain-text.ts';
import type { AnsweredReview, ReviewByAnswer } from './review-by-answer.ts';

/**
 * Reviews as the REST API does: the same transaction, the same rules. An answer proves no login, so conditions that ask how the
 * reviewer signed in don't hold, and who must prove themselves anew to review does so on the page.
 */
export function createReviewByAnswer(context: AccessContext): ReviewByAnswer {
  return async (answered) => {
    const { reviewer, requestId, verdict, contentSha256 } = answered;
    const need = findStepUpNeed(context.snapshots.current(), reviewer, undefined, new Date(context.clock.now()));
    if (need !== undefined) {
      throw new ApiError({
        code: 'ERR_API_STEP_UP_REQUIRED',
        message: 'a review here takes a login that is fresh or strong enough, which an answer is not',
        nextStep: 'Review it on its page.',
        stepUp: need.demand,
      });
    }
    const said = reviewAccessRequestSchema.safeParse({
      verdict,
      ...(contentSha256 !== undefined && { contentSha256 }),
      ...reasonOf(answered),
    });
    if (!said.success) {
      throw new ApiError({
        code: 'ERR_API_REQUEST_INVALID',
        message: 'the verdict, its reason or its content hash is none that a review takes',
        problems: said.error.issues.map(({ path, message }) => ({
          path: ['body', ...path.map(String)].join('.'),
          message,
        })),
      });
    }
    return review(context, actorOf(context, answered), requestId, said.data);
  };
}

function reasonOf({ reason }: AnsweredReview): { readonly reason?: string } {
  const plain = reason === undefined ? '' : plainText(reason);
  return plain === '' ? {} : { reason: plain };
}

function actorOf({ clock }: AccessContext, { reviewer, channel, sourceAddress }: AnsweredReview): AccessActor {
  return {
    organizationId: reviewer.organizationId,
    principal: reviewer,
    notificationChannel: channel.name,
    event: (code, facts) =>
      createAuditEvent(code, clock.now(), {
        organizationId: reviewer.organizationId,
        ...requestTrace(),
        principal: describePrincipal(reviewer),
        ...(sourceAddress !== undefined && { sourceAddress }),
        ...facts,
      }),
  };
}
