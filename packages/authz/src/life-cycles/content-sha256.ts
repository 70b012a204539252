import { createHash } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';
import type { RequestPolicy, Role } from '../policy.ts';
import type { AccessRequest } from './access-request.ts';

/**
 * SHA-256, in hex, over all that an approval binds: who asks for what, where, for how long and why, what the role gives and
 * what the request policy says. Names, descriptions and versions are not part of it, and the order of fields does not matter.
 */
export function contentSha256(request: AccessRequest, role: Role, policy: RequestPolicy): string {
  const { id, organizationId, requesterId, roleId, policyId, scope, objects, durationMs, startsAt } = request;
  const { reason, ticket, renewsId, isBreakGlass } = request;
  const { ceilingGroups, rules, privileges, filterLists, limits, permissions } = role;
  const { requesters, roleIds, maxDurationMs, maxTotalDurationMs, maxStartDelayMs, pendingForMs } = policy;
  const { ticketPattern, condition, steps, autoApprove, breakGlass } = policy;
  const content = {
    request: {
      ...{ id, organizationId, requesterId, roleId, policyId, scope, objects, durationMs, startsAt },
      ...{ reason, ticket, renewsId, isBreakGlass },
    },
    role: { ceilingGroups, rules, privileges, filterLists, limits, permissions },
    policy: {
      ...{ requesters, roleIds, scope: policy.scope, maxDurationMs, maxTotalDurationMs, maxStartDelayMs, pendingForMs },
      ...{ ticketPattern, condition, steps, autoApprove, breakGlass },
    },
  };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}
