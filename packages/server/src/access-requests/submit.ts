import {
  type AccessRequestDraft,
  type IssuedGrant,
  type PlannedAccessRequest,
  planAccessRequest,
  type RequestFacts,
} from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { AccessRequestResource, createAccessRequestSchema } from '@sallyport/core/api';
import type { z } from 'zod';
import type { RememberAnswer } from '../api/idempotency.ts';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';
import { requestEvent } from './access-events.ts';
import { describeRequest } from './describe-request.ts';
import type { AccessActor, AccessContext, AccessGround } from './ground.ts';
import { nameOf } from './names.ts';
import { findSuggested, readWish } from './read-wish.ts';
import { refused } from './refusals.ts';
import { assertRoomFor } from './request-limits.ts';
import { decideAccess } from './transact.ts';

/** What somebody asks for, as the contract's schema reads it. */
export type Wish = z.output<typeof createAccessRequestSchema>;

const DAY_MS = 86_400_000;

/**
 * Asks for a role for a while. Where the request policy says so, or the glass is broken, the grant is there at once.
 * @throws ApiError
 */
export function submit(
  context: AccessContext,
  actor: AccessActor,
  wish: Wish,
  remember?: RememberAnswer,
): Promise<AccessRequestResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const draft = readWish(ground, wish);
    const planned = planAccessRequest(draft, await factsOf(tx, ground, draft));
    if (planned.outcome === 'refused') throw refused(planned);
    // Looked up last: who may not ask does not learn in this way whom there is.
    const suggestedReviewerIds = findSuggested(ground, wish.suggestedReviewers ?? []);
    const request = { ...planned.request, suggestedReviewerIds };
    const described = await write(tx, ground, { ...planned, request });
    await remember?.(tx, described);
    return described;
  });
}

/** What a request of the caller is planned on. */
export async function factsOf(
  tx: Transaction,
  { records, actor, caller, at }: AccessGround,
  { isBreakGlass = false }: Pick<AccessRequestDraft, 'isBreakGlass'>,
): Promise<RequestFacts> {
  const { authentication } = actor;
  const since = new Date(at.getTime() - DAY_MS);
  return {
    ...records,
    requester: caller,
    ...(authentication !== undefined && { authentication }),
    at,
    ids: { request: createId('accessRequest', at.getTime()), grant: createId('grant', at.getTime()) },
    ...(isBreakGlass && { breakGlassUses: await tx.access.breakGlassUses(caller.id, since, at) }),
  };
}

/**
 * Writes what was planned, with its grant and its audit events.
 * @throws ApiError when it was refused
 */
export async function write(
  tx: Transaction,
  ground: AccessGround,
  planned: PlannedAccessRequest,
): Promise<AccessRequestResource> {
  if (planned.outcome === 'refused') throw refused(planned);
  await assertRoomFor(tx, ground, planned);
  const { snapshot } = ground;
  const kept: KeptAccessRequest = {
    ...planned.request,
    names: {
      requester: nameOf(snapshot, planned.request.requesterId),
      role: snapshot.get('Role', planned.request.roleId)?.name ?? planned.request.roleId,
      policy: snapshot.requestPolicies.get(planned.request.policyId)?.name ?? planned.request.policyId,
    },
    reviewerNames: new Map(),
    resourceVersion: 1,
  };
  await tx.access.insertRequest(kept, kept.names);
  if (planned.outcome === 'pending') {
    await tx.appendAudit(requestEvent(ground, 'access_request.created', kept));
    return describeRequest(ground, kept, undefined);
  }
  await insertGrantOf(tx, kept, planned.grant);
  if (planned.by === 'breakGlass') {
    await tx.appendAudit(requestEvent(ground, 'access_request.broke_glass', kept));
  } else {
    const asked: KeptAccessRequest = { ...kept, state: 'pending' };
    await tx.appendAudit(requestEvent(ground, 'access_request.created', asked));
    await tx.appendAudit(requestEvent(ground, 'access_request.approved', kept));
  }
  return describeRequest(ground, kept, planned.grant);
}

/** Writes the grant that a request has become. */
export async function insertGrantOf(tx: Transaction, request: KeptAccessRequest, grant: IssuedGrant): Promise<void> {
  const names: KeptGrant['names'] = { principal: request.names.requester, role: request.names.role };
  await tx.access.insertGrant(grant, names);
}
