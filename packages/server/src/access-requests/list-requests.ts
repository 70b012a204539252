import type { AccessRequestState } from '@sallyport/authz';
import type { AccessRequestList, accessRequestQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { role as roles } from '../resources/definitions/role.ts';
import type { AccessRequestSelection, KeptAccessRequest } from '../stores/access-contracts.ts';
import { canFollowUp, canReview, describeRequest } from './describe-request.ts';
import type { AccessGround } from './ground.ts';
import { readPage } from './page.ts';
import { holdsInOrganization, holdsSomewhere, maySeeRequest, policiesToReview } from './visibility.ts';

type Query = z.output<typeof accessRequestQuerySchema>;

/** What is read, and what of it is shown. */
interface Sight {
  readonly selection: AccessRequestSelection;
  readonly isShown?: (request: KeptAccessRequest) => boolean;
}

/** Lists the access requests that the caller may see, newest first. */
export async function listRequestsFor(ground: AccessGround, query: Query): Promise<AccessRequestList> {
  const { snapshot, at, context } = ground;
  const sight = sightOf(ground, query);
  const { store } = context;
  const page =
    sight === undefined
      ? { items: [], totalCount: 0 }
      : await readPage(
          { idKind: 'accessRequest', at, read: (of) => store.access.listRequests(sight.selection, of), ...sight },
          query,
        );
  const ids = page.items.flatMap(({ grantId }) => grantId ?? []);
  const grants = await store.access.findGrants(ground.caller.organizationId, ids);
  const byId = new Map(grants.map((grant) => [grant.id, grant]));
  return {
    items: page.items.map((request) =>
      describeRequest(ground, request, request.grantId === undefined ? undefined : byId.get(request.grantId)),
    ),
    metadata: {
      ...('continue' in page && { continue: page.continue }),
      totalCount: page.totalCount,
      resourceVersion: String(snapshot.version),
    },
  };
}

/** `undefined`: nothing, without looking. A user or role that there is not is none that anybody asked for. */
function sightOf(ground: AccessGround, query: Query): Sight | undefined {
  const { snapshot, caller } = ground;
  const { organizationId } = caller;
  const user = query.user === undefined ? undefined : snapshot.find('Principal', query.user, organizationId);
  const role = query.role === undefined ? undefined : roles.find(snapshot, organizationId, query.role);
  if (query.user !== undefined && user === undefined) return undefined;
  if (query.role !== undefined && role === undefined) return undefined;
  if (query.view === 'mine' && user !== undefined && user.id !== caller.id) return undefined;
  const requesterId = query.view === 'mine' ? caller.id : user?.id;
  const base: AccessRequestSelection = {
    organizationId,
    ...(query.state !== undefined && { states: query.state.split(',') as AccessRequestState[] }),
    ...(role !== undefined && { roleId: role.id }),
    ...(requesterId !== undefined && { requesterId }),
  };
  const reviewed = { principalId: caller.id, policyIds: policiesToReview(ground) };
  switch (query.view) {
    case 'mine':
      return { selection: base };
    case 'toReview': {
      if (base.states !== undefined && !base.states.includes('pending')) return undefined;
      const selection: AccessRequestSelection = { ...base, states: ['pending'], visibleTo: reviewed };
      return { selection, isShown: (request) => canReview(ground, request) };
    }
    case 'followUp': {
      const selection: AccessRequestSelection = { ...base, isFollowUpDue: true, visibleTo: reviewed };
      return { selection, isShown: (request) => canFollowUp(ground, request) };
    }
    case undefined:
      return wholeSight(ground, base, reviewed);
  }
}

function wholeSight(
  ground: AccessGround,
  base: AccessRequestSelection,
  reviewed: NonNullable<AccessRequestSelection['visibleTo']>,
): Sight {
  const { snapshot, caller } = ground;
  if (holdsInOrganization(ground, 'accessRequests.read')) return { selection: base };
  // Where the permission is held on parts, a policy that reaches further has requests within them too.
  const policyIds = holdsSomewhere(ground, 'accessRequests.read')
    ? snapshot.list('RequestPolicy', caller.organizationId).map(({ id }) => id)
    : reviewed.policyIds;
  return {
    selection: { ...base, visibleTo: { principalId: caller.id, policyIds } },
    ...(policyIds.length > 0 && { isShown: (request) => maySeeRequest(ground, request) }),
  };
}

/** How many access requests wait for the caller, of the newest 2,000 that could. */
export async function countToReview(ground: AccessGround): Promise<number> {
  const sight = sightOf(ground, { limit: 1, view: 'toReview' });
  if (sight === undefined || sight.selection.visibleTo?.policyIds.length === 0) return 0;
  const { store } = ground.context;
  const { totalCount } = await readPage(
    { idKind: 'accessRequest', at: ground.at, read: (of) => store.access.listRequests(sight.selection, of), ...sight },
    { limit: 1 },
  );
  return totalCount;
}
