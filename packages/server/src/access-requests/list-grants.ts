import type { GrantState } from '@sallyport/authz';
import type { GrantId } from '@sallyport/core';
import type { GrantList, grantQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { role as roles } from '../resources/definitions/role.ts';
import type { GrantSelection, KeptGrant } from '../stores/access-contracts.ts';
import { describeGrant, type GrantOrigin, isLive, originOf } from './describe-grant.ts';
import type { AccessGround } from './ground.ts';
import { readPage } from './page.ts';
import { holdsInOrganization, holdsSomewhere, maySeeGrant } from './visibility.ts';

type Query = z.output<typeof grantQuerySchema>;

interface Sight {
  readonly selection: GrantSelection;
  readonly isShown?: (grant: KeptGrant) => boolean;
}

/** Lists the caller's grants, and those of others that a permission lets them see, newest first. */
export async function listGrantsFor(ground: AccessGround, query: Query): Promise<GrantList> {
  const { snapshot, at, context } = ground;
  const sight = sightOf(ground, query);
  const page =
    sight === undefined
      ? { items: [], totalCount: 0 }
      : await readPage(
          { idKind: 'grant', at, read: (of) => context.store.access.listGrants(sight.selection, of), ...sight },
          query,
        );
  const origins = await originsOf(ground, page.items);
  return {
    items: page.items.map((grant) => describeGrant(ground, grant, origins.get(grant.id) ?? {})),
    metadata: {
      ...('continue' in page && { continue: page.continue }),
      totalCount: page.totalCount,
      resourceVersion: String(snapshot.version),
    },
  };
}

/** Where the grants of a page come from; of what has ended nothing can be done by that. */
async function originsOf(
  ground: AccessGround,
  grants: readonly KeptGrant[],
): Promise<ReadonlyMap<GrantId, GrantOrigin>> {
  const { context, caller, at } = ground;
  const { access } = context.store;
  const live = grants.filter((grant) => isLive(grant, at));
  const ids = live.flatMap(({ requestId }) => requestId ?? []);
  const requests = new Map((await access.findRequests(caller.organizationId, ids)).map((one) => [one.id, one]));
  const origins = new Map<GrantId, GrantOrigin>();
  for (const grant of live) {
    const request = grant.requestId === undefined ? undefined : requests.get(grant.requestId);
    origins.set(grant.id, await originOf(ground, grant, request, access.findGrant));
  }
  return origins;
}

function sightOf(ground: AccessGround, query: Query): Sight | undefined {
  const { snapshot, caller } = ground;
  const { organizationId } = caller;
  const user = query.user === undefined ? undefined : snapshot.find('Principal', query.user, organizationId);
  const role = query.role === undefined ? undefined : roles.find(snapshot, organizationId, query.role);
  if (query.user !== undefined && user === undefined) return undefined;
  if (query.role !== undefined && role === undefined) return undefined;
  const isWhole = holdsInOrganization(ground, 'grants.read');
  const isPart = holdsSomewhere(ground, 'grants.read') || holdsSomewhere(ground, 'grants.revoke');
  const isOwn = query.view === 'mine' || !(isWhole || isPart);
  if (isOwn && user !== undefined && user.id !== caller.id) return undefined;
  const principalId = isOwn ? caller.id : user?.id;
  return {
    selection: {
      organizationId,
      ...(query.state !== undefined && { states: query.state.split(',') as GrantState[] }),
      ...(role !== undefined && { roleId: role.id }),
      ...(principalId !== undefined && { principalId }),
    },
    ...(!isOwn && !isWhole && { isShown: (grant) => maySeeGrant(ground, grant, undefined) }),
  };
}
