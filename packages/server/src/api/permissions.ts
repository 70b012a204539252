import type { Binding, Role } from '@sallyport/authz';
import type { Cluster, Principal } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';
import type { Snapshot } from '../snapshot.ts';

/** Roles that a principal holds on a cluster, or on the whole organization when none is given. */
export function rolesOf(snapshot: Snapshot, principal: Principal, cluster?: Cluster): readonly Role[] {
  const held = new Set<string>();
  for (const binding of snapshot.bindings) {
    if (binding.organizationId !== principal.organizationId) continue;
    if (selects(binding, principal) && reaches(binding, cluster)) held.add(binding.roleId);
  }
  return snapshot.roles.filter(({ id, organizationId }) => held.has(id) && organizationId === principal.organizationId);
}

/** Whether one of the principal's roles holds `permission` on a cluster, or on the whole organization. */
export function isPermitted(
  snapshot: Snapshot,
  principal: Principal,
  permission: PlatformPermission,
  cluster?: Cluster,
): boolean {
  return rolesOf(snapshot, principal, cluster).some(({ permissions }) => permissions.includes(permission));
}

function selects({ subjects }: Binding, principal: Principal): boolean {
  return subjects.some((subject) =>
    subject.kind === 'principal'
      ? subject.id === principal.id
      : subject.issuer === principal.issuer && principal.groups.includes(subject.name),
  );
}

function reaches({ scope }: Binding, cluster: Cluster | undefined): boolean {
  if ('namespaces' in scope) return false;
  switch (scope.kind) {
    case 'organization':
      return true;
    case 'clusters':
      return cluster !== undefined && scope.clusterIds.includes(cluster.id);
    default:
      return false;
  }
}
