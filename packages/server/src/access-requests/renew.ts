import { planRenewal } from '@sallyport/authz';
import type { AccessRequestResource, RenewGrant } from '@sallyport/core/api';
import type { RememberAnswer } from '../api/idempotency.ts';
import { ApiError } from '../errors.ts';
import type { AccessActor, AccessContext } from './ground.ts';
import { lockGrant } from './lock.ts';
import { noSuchGrant } from './refusals.ts';
import { renewedGrant } from './renewed-grant.ts';
import { factsOf, write } from './submit.ts';
import { decideAccess } from './transact.ts';

/**
 * Asks for more time under a grant of the caller, under the request policy of the request that it comes from.
 * @throws ApiError
 */
export function renew(
  context: AccessContext,
  actor: AccessActor,
  id: string,
  { duration, reason }: RenewGrant,
  remember?: RememberAnswer,
): Promise<AccessRequestResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const { grant, request } = await lockGrant(tx, ground, id);
    if (grant.principalId !== ground.caller.id) {
      throw new ApiError({
        code: 'ERR_API_NOT_REQUESTABLE',
        message: 'only whoever has a grant asks for more time under it',
      });
    }
    const renewed = await renewedGrant(tx.access.lockGrant, grant);
    if (renewed === undefined) throw noSuchGrant(id);
    const planned = planRenewal(
      {
        ...renewed,
        duration,
        reason,
        ...(request?.ticket !== undefined && { ticket: request.ticket }),
        ...(request !== undefined && { policyId: request.policyId }),
      },
      await factsOf(tx, ground, {}),
    );
    const described = await write(tx, ground, planned);
    await remember?.(tx, described);
    return described;
  });
}
