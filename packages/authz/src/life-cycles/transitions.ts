import type { AccessRequestState, FollowUp } from './access-request.ts';
import type { AccessReviewItemState, AccessReviewState } from './access-review.ts';
import type { GrantState } from './grant.ts';

/** A machine: for each state, where each event leads; an event that is not named there changes nothing and is refused. */
export type Transitions<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/** What happens to an access request. `review` is an approval of several. */
export type AccessRequestEvent = 'review' | 'approve' | 'deny' | 'cancel' | 'expire';

/** The machine of access requests. */
export const ACCESS_REQUEST_TRANSITIONS: Transitions<AccessRequestState, AccessRequestEvent> = {
  pending: { review: 'pending', approve: 'approved', deny: 'denied', cancel: 'cancelled', expire: 'expired' },
  approved: {},
  denied: {},
  cancelled: {},
  expired: {},
};

/** What happens to a grant. */
export type GrantEvent = 'start' | 'expire' | 'revoke';

/** The machine of grants. One may expire without having been seen to start: nobody was there to see it. */
export const GRANT_TRANSITIONS: Transitions<GrantState, GrantEvent> = {
  scheduled: { start: 'active', expire: 'expired', revoke: 'revoked' },
  active: { expire: 'expired', revoke: 'revoked' },
  expired: {},
  revoked: {},
};

/** The machine of follow-up reviews. */
export const FOLLOW_UP_TRANSITIONS: Transitions<FollowUp['state'], 'justify' | 'reject'> = {
  due: { justify: 'justified', reject: 'unjustified' },
  justified: {},
  unjustified: {},
};

/** The machine of access reviews. */
export const ACCESS_REVIEW_TRANSITIONS: Transitions<AccessReviewState, 'close'> = {
  open: { close: 'closed' },
  closed: {},
};

/** The machine of what access reviews ask about. */
export const ACCESS_REVIEW_ITEM_TRANSITIONS: Transitions<AccessReviewItemState, 'attest' | 'remove' | 'skip'> = {
  pending: { attest: 'attested', remove: 'removed', skip: 'skipped' },
  attested: {},
  removed: {},
  skipped: {},
};

/** Where an event leads from a state; `undefined` when it leads nowhere. */
export function nextState<State extends string, Event extends string>(
  transitions: Transitions<State, Event>,
  state: State,
  event: Event,
): State | undefined {
  return transitions[state][event];
}
