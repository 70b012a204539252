import { cancelAccessRequest, expireAccessRequest } from '@sallyport/authz';
import type { AccessRequestResource } from '@sallyport/core/api';
import { forbidden } from '../resources/permitted.ts';
import type { KeptAccessRequest } from '../stores/access-contracts.ts';
import { requestEvent } from './access-events.ts';
import { describeRequest, mayCancel } from './describe-request.ts';
import type { AccessActor, AccessContext } from './ground.ts';
import { lockRequest } from './lock.ts';
import { decidedAlready, refused } from './refusals.ts';
import { decideAccess } from './transact.ts';

/**
 * Cancels a pending access request: one's own, or another's by permission.
 * @throws ApiError
 */
export function cancel(
  context: AccessContext,
  actor: AccessActor,
  id: string,
  reason: string | undefined,
): Promise<AccessRequestResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const { at, caller } = ground;
    const request = await lockRequest(tx, ground, id);
    if (!mayCancel(ground, request)) throw forbidden('accessRequests.cancel');
    // Its time may be over without anybody having written that down.
    if (expireAccessRequest(request, at).outcome === 'changed') throw decidedAlready('the access request has expired');
    const changed = cancelAccessRequest(request, { at, byId: caller.id, ...(reason !== undefined && { reason }) });
    if (changed.outcome === 'refused') throw refused(changed);
    const cancelled: KeptAccessRequest = { ...request, ...changed.request };
    await tx.access.updateRequest(cancelled);
    await tx.appendAudit(requestEvent(ground, 'access_request.cancelled', cancelled));
    return describeRequest(ground, cancelled, undefined);
  });
}
