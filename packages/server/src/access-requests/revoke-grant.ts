import { revokeGrant } from '@sallyport/authz';
import type { GrantResource } from '@sallyport/core/api';
import { forbidden } from '../resources/permitted.ts';
import type { KeptGrant } from '../stores/access-contracts.ts';
import { grantEvent } from './access-events.ts';
import { describeGrant } from './describe-grant.ts';
import type { AccessActor, AccessContext } from './ground.ts';
import { lockGrant } from './lock.ts';
import { refused } from './refusals.ts';
import { decideAccess } from './transact.ts';
import { mayRevoke } from './visibility.ts';

/**
 * Ends a grant now; once this resolves no decision goes by it, and what is open on it is being closed.
 * @throws ApiError
 */
export function revoke(
  context: AccessContext,
  actor: AccessActor,
  id: string,
  reason: string | undefined,
): Promise<GrantResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const { caller, at } = ground;
    const { grant, request } = await lockGrant(tx, ground, id);
    if (!mayRevoke(ground, grant, request?.policyId)) throw forbidden('grants.revoke');
    const changed = revokeGrant(grant, { at, byId: caller.id, ...(reason !== undefined && { reason }) });
    if (changed.outcome === 'refused') throw refused(changed);
    const revoked: KeptGrant = { ...grant, ...changed.grant };
    await tx.access.updateGrant(revoked);
    await tx.appendAudit(grantEvent(ground, 'grant.revoked', revoked));
    return describeGrant(ground, revoked, {});
  });
}
