import { createHash } from 'node:crypto';
import { createId, parseDuration, systemClock } from '@sallyport/core';
import {
  type AccessRequestResource,
  type ApiProblemCode,
  ApiProblemError,
  type GrantResource,
  type OperationInput,
  type OperationOutput,
  type RequestableList,
} from '@sallyport/core/api';

/** An operation of the fake: what it is given, and who calls. */
export type FakeMethod = (input: never, caller: string) => unknown;

/** Access requests and grants in memory, of one organization. Everybody but the requester reviews. */
export interface FakeAccess {
  readonly methods: Readonly<Record<string, FakeMethod>>;
  readonly requests: Map<string, AccessRequestResource>;
  readonly grants: Map<string, GrantResource>;
  /** What everybody may ask for. A request for any other role is refused. */
  readonly requestable: RequestableList['items'];
  /** Role whose requests are approved at once. */
  autoApproved?: string;
  /** Changes a request, as the server does when nobody calls. */
  change(id: string, change: Partial<AccessRequestResource>): void;
  /** Starts the grant of a request. */
  start(id: string): void;
  /** Changes what the role says: approvals of before don't count any longer. */
  changeContent(id: string): void;
}

const HOUR_MS = 3_600_000;

/** Creates a fake in which nothing is asked for yet. */
export function createFakeAccess(): FakeAccess {
  const requests = new Map<string, AccessRequestResource>();
  const grants = new Map<string, GrantResource>();
  const now = () => new Date(systemClock.now());
  const hash = (content: unknown) => createHash('sha256').update(JSON.stringify(content)).digest('hex');

  function find<Item>(items: ReadonlyMap<string, Item>, id: string): Item {
    const found = items.get(id);
    if (found === undefined) throw problem('ERR_API_NOT_FOUND', 404, `there is no ${id} for you`);
    return found;
  }

  function change(id: string, changed: Partial<AccessRequestResource>): AccessRequestResource {
    const next = { ...find(requests, id), ...changed };
    requests.set(id, next);
    return next;
  }

  function findPending(id: string): AccessRequestResource {
    const found = find(requests, id);
    if (found.state === 'pending') return found;
    throw problem('ERR_API_CONFLICT', 409, `the access request is ${found.state} already`);
  }

  function putGrant(user: string, content: GrantContent): GrantResource {
    const startsAt = content.startsAt ?? now();
    const grant: GrantResource = {
      id: createId('grant'),
      state: startsAt.getTime() > now().getTime() ? 'scheduled' : 'active',
      user,
      role: content.role,
      scope: content.scope,
      ...(content.objects !== undefined && { objects: content.objects }),
      reason: content.reason,
      createdAt: now(),
      startsAt,
      endsAt: new Date(startsAt.getTime() + parseDuration(content.duration)),
      ...(content.requestId !== undefined && { requestId: content.requestId }),
      isBreakGlass: content.isBreakGlass ?? false,
      may: { revoke: true, renew: true },
    };
    grants.set(grant.id, grant);
    return grant;
  }

  function approve(request: AccessRequestResource, by: string): AccessRequestResource {
    const { requester, id: requestId, role, scope, objects, duration, startsAt, reason, isBreakGlass } = request;
    const { id, state, ...times } = putGrant(requester, {
      ...{ role, scope, duration, reason, requestId, isBreakGlass },
      ...(objects !== undefined && { objects }),
      ...(startsAt !== undefined && { startsAt }),
    });
    return change(requestId, {
      state: 'approved',
      resolvedAt: now(),
      resolvedBy: by,
      grant: { id, state, startsAt: times.startsAt, endsAt: times.endsAt },
      may: { review: false, cancel: false, followUp: false },
    });
  }

  function ask(requester: string, body: Wish): AccessRequestResource {
    if (!fake.requestable.some(({ role }) => role === body.role)) {
      throw problem('ERR_API_NOT_REQUESTABLE', 403, `no request policy lets you ask for the role ${body.role} there`);
    }
    const { breakGlass = false, suggestedReviewers = [], startsAt, policy = 'fake', ...content } = body;
    const request: AccessRequestResource = {
      ...content,
      id: createId('accessRequest'),
      state: 'pending',
      requester,
      ...(startsAt !== undefined && { startsAt: new Date(startsAt) }),
      policy,
      suggestedReviewers,
      createdAt: now(),
      pendingUntil: new Date(systemClock.now() + 24 * HOUR_MS),
      contentSha256: hash(content),
      steps: [{ reviewers: ['permitted'], approvals: 1, given: 0 }],
      step: 0,
      reviews: [],
      isBreakGlass: breakGlass,
      may: { review: true, cancel: true, followUp: false },
    };
    requests.set(request.id, request);
    if (!breakGlass && fake.autoApproved !== body.role) return request;
    const approved = approve(request, `policy ${policy}`);
    if (!breakGlass) return approved;
    const dueAt = new Date(systemClock.now() + 24 * HOUR_MS);
    return change(approved.id, { followUp: { state: 'due', dueAt } });
  }

  function review(caller: string, { id, body }: OperationInput<'reviewAccessRequest'>): AccessRequestResource {
    const request = findPending(id);
    const { verdict, reason, contentSha256, duration = request.duration } = body;
    if (request.requester === caller) throw problem('ERR_API_REVIEW_REFUSED', 403, 'nobody reviews their own request');
    if (verdict === 'approve' && contentSha256 !== request.contentSha256) {
      throw problem('ERR_API_CONTENT_CHANGED', 409, 'the access request is not what you saw any longer');
    }
    const made = {
      id: createId('review'),
      reviewer: caller,
      verdict,
      step: request.step ?? 0,
      at: now(),
      counts: true,
    };
    const reviews = [...request.reviews, { ...made, ...(reason !== undefined && { reason }) }];
    if (verdict === 'deny') {
      const told = reason === undefined ? {} : { resolvedReason: reason };
      return change(id, { state: 'denied', reviews, resolvedAt: made.at, resolvedBy: caller, ...told });
    }
    const steps = request.steps.map((step, at) => (at === made.step ? { ...step, given: step.given + 1 } : step));
    const open = steps.findIndex(({ approvals, given }) => given < approvals);
    const reviewed = change(id, { reviews, steps, duration, step: open === -1 ? undefined : open });
    return open === -1 ? approve(reviewed, caller) : reviewed;
  }

  function revoke(caller: string, { id, body }: OperationInput<'revokeGrant'>): GrantResource {
    const grant = find(grants, id);
    if (grant.state === 'revoked') throw problem('ERR_API_CONFLICT', 409, 'the grant is revoked already');
    const ended = { endedAt: now(), endedBy: caller, ...(body.reason !== undefined && { endedReason: body.reason }) };
    const revoked = { ...grant, state: 'revoked' as const, ...ended, may: { revoke: false, renew: false } };
    grants.set(id, revoked);
    if (grant.requestId !== undefined) {
      const { grant: own } = find(requests, grant.requestId);
      change(grant.requestId, { grant: own && { ...own, state: 'revoked' } });
    }
    return revoked;
  }

  /** Newest first, in pages. */
  function page<Item>(items: ReadonlyMap<string, Item>, query: PageInput, keep: (item: Item) => boolean) {
    const all = [...items.values()].toReversed().filter(keep);
    const start = Number(query.continue ?? 0);
    const end = start + Number(query.limit ?? 100);
    const metadata = { totalCount: all.length, resourceVersion: '1' };
    return {
      items: all.slice(start, end),
      metadata: end < all.length ? { ...metadata, continue: `${end}` } : metadata,
    };
  }

  const inState = (query: PageInput, state: string) => query.state?.split(',').includes(state) ?? true;
  const methods = {
    listRequestable: (): OperationOutput<'listRequestable'> => ({ items: fake.requestable }),
    createAccessRequest: ({ body }: OperationInput<'createAccessRequest'>, caller: string) => ask(caller, body),
    getAccessRequest: ({ id }: OperationInput<'getAccessRequest'>) => find(requests, id),
    listAccessRequests: (query: OperationInput<'listAccessRequests'>, caller: string) =>
      page(requests, query, ({ state, requester, followUp, role }) => {
        if (query.view === 'mine' && requester !== caller) return false;
        if (query.view === 'toReview' && (requester === caller || state !== 'pending')) return false;
        if (query.view === 'followUp' && followUp?.state !== 'due') return false;
        return inState(query, state) && (query.user ?? requester) === requester && (query.role ?? role) === role;
      }),
    reviewAccessRequest: (input: OperationInput<'reviewAccessRequest'>, caller: string) => review(caller, input),
    cancelAccessRequest: ({ id, body }: OperationInput<'cancelAccessRequest'>, caller: string) =>
      change(findPending(id).id, {
        state: 'cancelled',
        resolvedAt: now(),
        resolvedBy: caller,
        ...(body.reason !== undefined && { resolvedReason: body.reason }),
      }),
    followUpAccessRequest: ({ id, body }: OperationInput<'followUpAccessRequest'>, caller: string) => {
      const { followUp, requester } = find(requests, id);
      if (requester === caller) throw problem('ERR_API_REVIEW_REFUSED', 403, 'nobody reviews their own use');
      if (followUp?.state !== 'due') throw problem('ERR_API_CONFLICT', 409, 'no follow-up review is due');
      const done = { state: body.verdict, reviewer: caller, reason: body.reason, at: now() };
      return change(id, { followUp: { ...followUp, ...done } });
    },
    listGrants: (query: OperationInput<'listGrants'>, caller: string) =>
      page(grants, query, ({ state, user, role }) => {
        if (query.view === 'mine' && user !== caller) return false;
        return inState(query, state) && (query.user ?? user) === user && (query.role ?? role) === role;
      }),
    getGrant: ({ id }: OperationInput<'getGrant'>) => find(grants, id),
    createGrant: ({ body: { user, startsAt, ...content } }: OperationInput<'createGrant'>) =>
      putGrant(user, { ...content, ...(startsAt !== undefined && { startsAt: new Date(startsAt) }) }),
    renewGrant: ({ id, body }: OperationInput<'renewGrant'>, caller: string) => {
      const { role, scope, objects } = find(grants, id);
      const renewal = ask(caller, { ...body, role, scope, ...(objects !== undefined && { objects }) });
      return change(renewal.id, { renews: find(grants, id).id });
    },
    revokeGrant: (input: OperationInput<'revokeGrant'>, caller: string) => revoke(caller, input),
  };

  const fake: FakeAccess = {
    methods,
    requests,
    grants,
    requestable: [],
    change: (id, changed) => void change(id, changed),
    start(id) {
      const { grant } = find(requests, id);
      if (grant !== undefined) change(id, { grant: { ...grant, state: 'active' } });
    },
    changeContent: (id) => void change(id, { contentSha256: hash(createId('decision')) }),
  };
  return fake;
}

type Wish = OperationInput<'createAccessRequest'>['body'];
type GrantContent = Pick<GrantResource, 'role' | 'scope' | 'objects' | 'reason' | 'requestId'> & {
  readonly duration: string;
  readonly startsAt?: Date;
  readonly isBreakGlass?: boolean;
};
interface PageInput {
  readonly limit?: unknown;
  readonly continue?: string | undefined;
  readonly state?: string | undefined;
}

function problem(code: ApiProblemCode, status: number, detail: string): ApiProblemError {
  return new ApiProblemError({ type: `https://docs.example/errors#${code}`, title: code, status, detail, code });
}
