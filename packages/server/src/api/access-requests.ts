import type {
  accessRequestQuerySchema,
  endWithReasonSchema,
  FollowUp,
  requestableQuerySchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import { cancel } from '../access-requests/cancel.ts';
import { followUp } from '../access-requests/follow-up.ts';
import { actorOf, groundOn } from '../access-requests/ground.ts';
import { listRequestsFor } from '../access-requests/list-requests.ts';
import { requestableBy } from '../access-requests/requestable.ts';
import { review, type Verdict } from '../access-requests/review.ts';
import { showRequest } from '../access-requests/show.ts';
import { submit, type Wish } from '../access-requests/submit.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { assertProof } from './proof.ts';

/** Lists what the caller may ask for, and on what terms. */
export const listRequestable: Handler = async (context, call) =>
  requestableBy(viewOf(context, call), call.query as z.output<typeof requestableQuerySchema>);

/** Asks for a role for a while, or takes it in an emergency. */
export const createAccessRequest: Handler = async (context, call) => {
  assertProof(context, call.caller);
  return submit(context, actorOf(context, call), call.body as Wish, call.remember);
};

/** Lists the access requests that the caller may see. */
export const listAccessRequests: Handler = async (context, call) =>
  listRequestsFor(viewOf(context, call), call.query as z.output<typeof accessRequestQuerySchema>);

/** Shows one access request. */
export const getAccessRequest: Handler = async (context, call) => showRequest(viewOf(context, call), idOf(call));

/** Approves or denies an access request. */
export const reviewAccessRequest: Handler = async (context, call) => {
  assertProof(context, call.caller);
  return review(context, actorOf(context, call), idOf(call), call.body as Verdict);
};

/** Cancels a pending access request. It takes no fresh login: nobody gains anything by it. */
export const cancelAccessRequest: Handler = (context, call) => {
  const { reason } = call.body as z.output<typeof endWithReasonSchema>;
  return cancel(context, actorOf(context, call), idOf(call), reason);
};

/** Says what the review after a break-glass use came to. */
export const followUpAccessRequest: Handler = async (context, call) => {
  assertProof(context, call.caller);
  return followUp(context, actorOf(context, call), idOf(call), call.body as FollowUp);
};

function viewOf(context: ApiContext, call: Call) {
  return groundOn(context, actorOf(context, call), context.snapshots.current());
}

function idOf({ parameters }: Call): string {
  return parameters['id'] ?? '';
}
