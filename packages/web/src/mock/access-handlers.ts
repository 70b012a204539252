import { createId, parseDuration } from '@sallyport/core';
import { pageOf } from './collection.ts';
import { type MockHandlers, MockProblem, notFound } from './handlers.ts';
import { type MockWorld, READER } from './world.ts';

type Request = MockWorld['requests'][number];

function change(world: MockWorld, id: string, by: (request: Request) => Partial<Request>): Request {
  const at = world.requests.findIndex((request) => request.id === id);
  const before = world.requests[at];
  if (before === undefined) throw notFound('access request');
  const after = { ...before, ...by(before) };
  world.requests = world.requests.with(at, after);
  world.me = { ...world.me, pendingReviews: world.requests.filter(({ may }) => may.review).length };
  return after;
}

const settled = { review: false, cancel: false, followUp: false };

/** Access requests, grants and access reviews. */
export const accessHandlers: MockHandlers<
  | 'listRequestable'
  | 'createAccessRequest'
  | 'listAccessRequests'
  | 'getAccessRequest'
  | 'reviewAccessRequest'
  | 'cancelAccessRequest'
  | 'followUpAccessRequest'
  | 'listGrants'
  | 'getGrant'
  | 'createGrant'
  | 'renewGrant'
  | 'revokeGrant'
  | 'explainAccess'
  | 'listAccessReviews'
  | 'getAccessReview'
  | 'createAccessReview'
  | 'listAccessReviewItems'
  | 'decideAccessReviewItem'
  | 'remindAccessReview'
  | 'closeAccessReview'
  | 'getAccessReviewReport'
> = {
  listRequestable: ({ world }) => ({ items: world.requestable }),
  createAccessRequest: ({ input: { body }, world }) => {
    const request: Request = {
      id: createId('accessRequest'),
      state: 'pending',
      requester: READER,
      role: body.role,
      scope: body.scope,
      duration: body.duration,
      reason: body.reason,
      policy: body.policy ?? 'on-call',
      suggestedReviewers: [],
      createdAt: new Date(),
      pendingUntil: new Date(Date.now() + 86_400_000),
      contentSha256: 'c0de'.repeat(16),
      steps: [{ reviewers: ['group platform-oncall'], approvals: 1, given: 0 }],
      step: 0,
      reviews: [],
      isBreakGlass: body.breakGlass === true,
      may: { review: false, cancel: true, followUp: false },
      ...(body.ticket !== undefined && { ticket: body.ticket }),
      ...(body.objects !== undefined && { objects: body.objects }),
      ...(body.startsAt !== undefined && { startsAt: new Date(body.startsAt) }),
    };
    world.requests = [request, ...world.requests];
    return request;
  },
  listAccessRequests: ({ input: { view, state, ...page }, world }) =>
    pageOf(
      world.requests.filter(
        (request) =>
          (state === undefined || state.split(',').includes(request.state)) &&
          (view !== 'mine' || request.requester === READER) &&
          (view !== 'toReview' || request.may.review) &&
          (view !== 'followUp' || request.may.followUp),
      ),
      page,
    ),
  getAccessRequest: ({ input: { id }, world }) => change(world, id, () => ({})),
  reviewAccessRequest: ({ input: { id, body }, world }) =>
    change(world, id, (request) => {
      if (body.verdict === 'approve' && body.contentSha256 !== request.contentSha256) {
        throw new MockProblem(409, 'ERR_API_CONTENT_CHANGED', 'the request is another by now');
      }
      const review = {
        id: createId('review'),
        reviewer: READER,
        verdict: body.verdict,
        step: request.step ?? 0,
        at: new Date(),
        counts: true,
        ...(body.reason !== undefined && { reason: body.reason }),
      };
      const ms = parseDuration(body.duration ?? request.duration);
      return {
        reviews: [...request.reviews, review],
        state: body.verdict === 'approve' ? 'approved' : 'denied',
        resolvedAt: new Date(),
        resolvedBy: READER,
        may: settled,
        ...(body.reason !== undefined && { resolvedReason: body.reason }),
        ...(body.verdict === 'approve' && {
          grant: {
            id: createId('grant'),
            state: 'active' as const,
            startsAt: new Date(),
            endsAt: new Date(Date.now() + ms),
          },
        }),
      };
    }),
  cancelAccessRequest: ({ input: { id }, world }) =>
    change(world, id, () => ({ state: 'cancelled', resolvedBy: READER, may: settled })),
  followUpAccessRequest: ({ input: { id, body }, world }) =>
    change(world, id, ({ followUp }) => ({
      may: settled,
      followUp: {
        state: body.verdict,
        dueAt: followUp?.dueAt ?? new Date(),
        reviewer: READER,
        reason: body.reason,
        at: new Date(),
      },
    })),
  listGrants: ({ input: { view, state, user, role, ...page }, world }) =>
    pageOf(
      world.grants.filter(
        (grant) =>
          (state === undefined || state.split(',').includes(grant.state)) &&
          (view !== 'mine' || grant.user === READER) &&
          (user === undefined || grant.user === user) &&
          (role === undefined || grant.role === role),
      ),
      page,
    ),
  getGrant: ({ input: { id }, world }) => {
    const grant = world.grants.find((one) => one.id === id);
    if (grant === undefined) throw notFound('grant');
    return grant;
  },
  createGrant: ({ input: { body }, world }) => {
    const startsAt = body.startsAt === undefined ? new Date() : new Date(body.startsAt);
    const grant: MockWorld['grants'][number] = {
      id: createId('grant'),
      state: startsAt.getTime() > Date.now() ? 'scheduled' : 'active',
      user: body.user,
      role: body.role,
      scope: body.scope,
      reason: body.reason,
      createdAt: new Date(),
      startsAt,
      endsAt: new Date(startsAt.getTime() + parseDuration(body.duration)),
      isBreakGlass: false,
      may: { revoke: true, renew: false },
    };
    world.grants = [grant, ...world.grants];
    return grant;
  },
  renewGrant: ({ input: { id, body }, world }) => {
    const grant = world.grants.find((one) => one.id === id);
    if (grant === undefined) throw notFound('grant');
    const request: Request = {
      ...(world.requests[0] as Request),
      id: createId('accessRequest'),
      state: 'pending',
      requester: READER,
      role: grant.role,
      scope: grant.scope,
      duration: body.duration,
      reason: body.reason,
      renews: grant.id,
      createdAt: new Date(),
      may: { review: false, cancel: true, followUp: false },
    };
    world.requests = [request, ...world.requests];
    return request;
  },
  revokeGrant: ({ input: { id }, world }) => {
    const at = world.grants.findIndex((grant) => grant.id === id);
    const before = world.grants[at];
    if (before === undefined) throw notFound('grant');
    const after = {
      ...before,
      state: 'revoked' as const,
      endedAt: new Date(),
      endedBy: READER,
      may: { revoke: false, renew: false },
    };
    world.grants = world.grants.with(at, after);
    world.me = { ...world.me, grants: world.me.grants.filter((grant) => grant.id !== id) };
    return after;
  },
  explainAccess: ({ input: { body } }) => ({
    items: body.requests.map((request) => {
      const [verb, resource] = 'verb' in request ? [request.verb, request.resource] : ['get', request.target];
      const isAllowed = ['get', 'list', 'watch'].includes(verb) && resource !== 'secrets' && !resource.includes('/');
      return {
        effect: isAllowed ? ('allow' as const) : ('deny' as const),
        action: `${verb} ${resource}`,
        reasons: [
          { message: isAllowed ? 'the role view covers it' : `no role of yours covers ${verb} of ${resource}` },
        ],
        obligations: resource === 'pods/exec' ? ['record'] : [],
        requestable:
          resource === 'pods/exec' ? ['exec', 'admin'] : resource.startsWith('roles') ? ['admin'] : ['edit', 'admin'],
        groups: ['sallyport:view'],
        trace: [],
      };
    }),
  }),
  listAccessReviews: ({ input, world }) =>
    pageOf(
      world.reviews.filter(({ state }) => input.state === undefined || state === input.state),
      input,
    ),
  getAccessReview: ({ input: { id }, world }) => reviewOf(world, id),
  createAccessReview: ({ input: { body }, world }) => {
    const review: MockWorld['reviews'][number] = {
      id: createId('accessReview'),
      name: body.name,
      state: 'open',
      scope: body.scope,
      about: body.about ?? 'both',
      reviewers: body.reviewers ?? 'permitted',
      createdAt: new Date(),
      createdBy: READER,
      dueAt: new Date(Date.now() + parseDuration(body.duration ?? '14d')),
      onUnanswered: body.onUnanswered ?? 'keep',
      items: { pending: 0, attested: 0, removed: 0, skipped: 0 },
      may: { remind: true, close: true },
    };
    world.reviews = [review, ...world.reviews];
    return review;
  },
  listAccessReviewItems: ({ input, world }) =>
    pageOf(
      world.reviewItems.filter(({ state }) => input.state === undefined || state === input.state),
      input,
    ),
  decideAccessReviewItem: ({ input: { item, body }, world }) => {
    const at = world.reviewItems.findIndex(({ id }) => id === item);
    const before = world.reviewItems[at];
    if (before === undefined) throw notFound('item of an access review');
    const after = {
      ...before,
      state: body.verdict === 'attest' ? ('attested' as const) : ('removed' as const),
      answeredAt: new Date(),
      answeredBy: READER,
      may: { answer: false },
    };
    world.reviewItems = world.reviewItems.with(at, after);
    return after;
  },
  remindAccessReview: ({ input: { id }, world }) => reviewOf(world, id),
  closeAccessReview: ({ input: { id }, world }) => {
    const review = {
      ...reviewOf(world, id),
      state: 'closed' as const,
      closedAt: new Date(),
      closedBy: READER,
      may: { remind: false, close: false },
    };
    world.reviews = world.reviews.map((one) => (one.id === review.id ? review : one));
    return review;
  },
  getAccessReviewReport: () => 'binding,subject,state\nviewers,tomas@halden.test,pending\n',
};

function reviewOf(world: MockWorld, id: string): MockWorld['reviews'][number] {
  const review = world.reviews.find((one) => one.id === id || one.name === id);
  if (review === undefined) throw notFound('access review');
  return review;
}
