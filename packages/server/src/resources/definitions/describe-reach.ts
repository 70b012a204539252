import type { NamespaceSelection, NamespacesSpec, Scope, ScopeSpec, Subject, SubjectSpec } from '@sallyport/authz';
import { LOCAL_ISSUER, type OrganizationId } from '@sallyport/core';
import type { RecordReader } from '../../stores/records.ts';
import { machineNameOf } from './principals.ts';

/** A subject as documents write it. */
export function describeSubject(
  subject: Subject,
  { organizationId }: { readonly organizationId: OrganizationId },
  reader: RecordReader,
): SubjectSpec {
  if (subject.kind === 'group') {
    if (subject.issuer === LOCAL_ISSUER) return { kind: 'Group', name: subject.name };
    const provider = reader.list('IdentityProvider', organizationId).find(({ issuer }) => issuer === subject.issuer);
    return { kind: 'Group', name: subject.name, identityProvider: provider?.name ?? subject.issuer };
  }
  const principal = reader.get('Principal', subject.id);
  if (principal === undefined) return { kind: 'User', name: subject.id };
  const name = machineNameOf(principal);
  if (principal.kind === 'serviceAccount') return { kind: 'ServiceAccount', name };
  return principal.kind === 'workload' ? { kind: 'WorkloadIdentity', name } : { kind: 'User', name };
}

/** A scope as documents write it. */
export function describeScope(scope: Scope, reader: RecordReader): ScopeSpec {
  if (scope.kind === 'installation') return { kind: 'installation' };
  const narrowing = scope.namespaces === undefined ? {} : { namespaces: describeNamespaces(scope.namespaces) };
  switch (scope.kind) {
    case 'organization':
      return { kind: 'organization', ...narrowing };
    case 'projects':
      return {
        kind: 'projects',
        projects: scope.projectIds.map((id) => reader.get('Project', id)?.name ?? id),
        ...narrowing,
      };
    case 'clusters':
      return {
        kind: 'clusters',
        clusters: scope.clusterIds.map((id) => reader.get('Cluster', id)?.name ?? id),
        ...narrowing,
      };
    case 'clusterSelector':
      return { kind: 'clusterSelector', selector: scope.selector as never, ...narrowing };
  }
}

function describeNamespaces(namespaces: NamespaceSelection): NamespacesSpec {
  return namespaces.kind === 'names' ? { names: [...namespaces.names] } : { selector: namespaces.selector as never };
}
