import { followUpAccessRequest } from '@sallyport/authz';
import type { AccessRequestResource, FollowUp } from '@sallyport/core/api';
import type { KeptAccessRequest } from '../stores/access-contracts.ts';
import { requestEvent } from './access-events.ts';
import { describeRequest } from './describe-request.ts';
import type { AccessActor, AccessContext } from './ground.ts';
import { lockRequest } from './lock.ts';
import { refused } from './refusals.ts';
import { decideAccess } from './transact.ts';

/**
 * Says what the review after a break-glass use came to.
 * @throws ApiError
 */
export function followUp(
  context: AccessContext,
  actor: AccessActor,
  id: string,
  said: FollowUp,
): Promise<AccessRequestResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const { records, caller, at } = ground;
    const request = await lockRequest(tx, ground, id);
    const changed = followUpAccessRequest(request, said, { ...records, reviewer: caller, at });
    if (changed.outcome === 'refused') throw refused(changed);
    const reviewed: KeptAccessRequest = { ...request, ...changed.request };
    await tx.access.updateRequest(reviewed);
    const { verdict, reason } = said;
    await tx.appendAudit(
      requestEvent(ground, 'access_request.followed_up', reviewed, { verdict, reviewReason: reason }),
    );
    const grantId = reviewed.grantId;
    const grant = grantId === undefined ? undefined : await tx.access.lockGrant(caller.organizationId, grantId);
    return describeRequest(ground, reviewed, grant);
  });
}
