import type { PermissionTarget, Scope } from '@sallyport/authz';
import type { OrganizationId } from '@sallyport/core';
import type { RecordReader } from '../../stores/records.ts';

/** The organization of a record, as the one place where permissions on it are held. */
export function organizationOf({ organizationId }: { readonly organizationId: OrganizationId }): PermissionTarget[] {
  return [{ kind: 'organization', organizationId }];
}

/** Everything that a scope names: whoever manages a binding must be permitted on all of it. */
export function targetsOfScope(scope: Scope, organizationId: OrganizationId, reader: RecordReader): PermissionTarget[] {
  switch (scope.kind) {
    case 'installation':
      return [{ kind: 'installation' }];
    case 'projects':
      return scope.projectIds.map((projectId) => ({ kind: 'project', organizationId, projectId }));
    case 'clusters':
      return scope.clusterIds.map((id): PermissionTarget => {
        const cluster = reader.get('Cluster', id);
        return cluster === undefined ? { kind: 'organization', organizationId } : { kind: 'cluster', cluster };
      });
    default:
      // The whole organization, or a selector, which may come to reach anything in it.
      return [{ kind: 'organization', organizationId }];
  }
}
