import type { CompiledBinding } from '@sallyport/authz';
import { type ClusterId, matchLabelSelector } from '@sallyport/core';
import type { ApiContext, Call } from '../api/context.ts';
import { forbidden } from '../resources/permitted.ts';
import type { AuditSelection, AuditSightPart } from '../stores/audit-selection.ts';

const PERMISSION = 'audit.read';

/**
 * What of the audit log of the own organization the caller sees, as of now: all of it, or the clusters and namespaces on which
 * `audit.read` is held. A role that holds only under a condition, or for some objects, gives no sight: an event is no request
 * that either could be asked about. Namespaces that are selected by labels are those that have these labels now.
 * @throws ApiError `ERR_API_FORBIDDEN` when it is held nowhere
 */
export function sightOf(
  { snapshots, clock, namespaceLabels }: Pick<ApiContext, 'snapshots' | 'clock' | 'namespaceLabels'>,
  { principal, organization }: Pick<Call['caller'], 'principal' | 'organization'>,
): AuditSelection['sight'] {
  const snapshot = snapshots.current();
  const holding = snapshot.policy
    .heldBy(principal, new Date(clock.now()))
    .filter(
      ({ compiledRole, condition, grant }) =>
        compiledRole.permissions.has(PERMISSION) && condition === undefined && grant?.objects === undefined,
    );
  if (holding.length === 0) throw forbidden(PERMISSION);
  if (holding.some(({ scope }) => scope.reachesOrganization && !scope.isNarrowed)) return 'all';
  return snapshot.list('Cluster', organization.id).flatMap((cluster): readonly AuditSightPart[] => {
    const reaching = holding.filter(({ scope }) => scope.reachOf(cluster) === 'owned');
    if (reaching.some(({ scope }) => !scope.isNarrowed)) return [{ clusterId: cluster.id }];
    const namespaces = new Set(reaching.flatMap((binding) => namespacesOf(binding, cluster.id)));
    return namespaces.size === 0 ? [] : [{ clusterId: cluster.id, namespaces: [...namespaces] }];
  });

  function namespacesOf({ scope }: CompiledBinding, clusterId: ClusterId): readonly string[] {
    const { namespaces } = scope;
    if (namespaces === undefined) return [];
    if (namespaces.kind === 'names') return namespaces.names;
    return [...(namespaceLabels?.all(clusterId) ?? [])].flatMap(([name, labels]) =>
      matchLabelSelector(namespaces.selector, labels) ? [name] : [],
    );
  }
}
