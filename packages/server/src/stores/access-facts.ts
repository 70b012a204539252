import type { AuditEvent, AuditFacts } from '@sallyport/audit';
import type { Scope } from '@sallyport/authz';
import type { KeptAccessRequest, KeptGrant } from './access-contracts.ts';

/** What the audit log says of an access request that time ends, or what it rests on. */
export function requestFacts(request: KeptAccessRequest): AuditFacts<'access_request.created'> {
  const { id, organizationId, names, scope, resolution } = request;
  return {
    organizationId,
    ...clusterOf(scope),
    details: {
      accessRequestId: id,
      requester: names.requester,
      role: names.role,
      requestPolicy: names.policy,
      ...(resolution?.reason !== undefined && { resolvedReason: resolution.reason }),
    },
  };
}

/** What the audit log says of a grant that time starts or ends, or what it rests on. */
export function grantFacts(grant: KeptGrant): AuditFacts<'grant.created'> {
  const { id, organizationId, names, scope, startsAt, endsAt, requestId, isBreakGlass, end } = grant;
  return {
    organizationId,
    ...clusterOf(scope),
    details: {
      grantId: id,
      user: names.principal,
      role: names.role,
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      ...(requestId !== undefined && { accessRequestId: requestId }),
      ...(isBreakGlass && { isBreakGlass }),
      ...(end?.reason !== undefined && { endedReason: end.reason }),
    },
  };
}

/** What is about one cluster is found among the events of that cluster. */
function clusterOf(scope: Scope): Pick<AuditEvent, 'clusterId'> {
  const [clusterId, ...others] = scope.kind === 'clusters' ? scope.clusterIds : [];
  return clusterId === undefined || others.length > 0 ? {} : { clusterId };
}
