import type { NamespaceSelection, Scope, Subject } from '@sallyport/authz';
import { type LabelSelector, LOCAL_ISSUER, type OrganizationId } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { RecordOf, RecordReader } from '../../stores/records.ts';
import type { Planning } from '../definition.ts';
import { missingReference } from '../references.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';

type Spec = KindSpec<'Binding'>;
type SubjectSpec = Spec['subjects'][number];
type ScopeSpec = Spec['scope'];

/**
 * The principals that a subject of a document selects.
 * @throws ApiError when it names nobody
 */
export function resolveSubject(subject: SubjectSpec, path: string, { reader, organization }: Planning): Subject {
  switch (subject.kind) {
    case 'Group':
      return resolveGroup(subject, path, { reader, organization });
    case 'User':
    case 'ServiceAccount':
    case 'WorkloadIdentity': {
      const [kind, word] = PRINCIPALS[subject.kind];
      const found = findPrincipal(reader, organization.id, kind, subject.name);
      if (found !== undefined) return { kind: 'principal', id: found.id };
      const known = listPrincipals(reader, organization.id, kind).map(machineNameOf);
      throw missingReference(`${path}.name`, word, subject.name, known);
    }
  }
}

const PRINCIPALS = {
  User: ['user', 'user'],
  ServiceAccount: ['serviceAccount', 'service account'],
  WorkloadIdentity: ['workload', 'workload identity'],
} as const;

/** A group of a provider need not be known yet: the first who signs in with it will be in it. */
function resolveGroup(
  { name, identityProvider }: Extract<SubjectSpec, { kind: 'Group' }>,
  path: string,
  { reader, organization }: Pick<Planning, 'reader' | 'organization'>,
): Subject {
  if (identityProvider !== undefined) {
    const provider = reader.find('IdentityProvider', identityProvider, organization.id);
    if (provider !== undefined) return { kind: 'group', issuer: provider.issuer, name };
    const known = reader.list('IdentityProvider', organization.id).map((each) => each.name);
    throw missingReference(`${path}.identityProvider`, 'identity provider', identityProvider, known);
  }
  if (reader.find('Group', name, organization.id) !== undefined) return { kind: 'group', issuer: LOCAL_ISSUER, name };
  const known = reader.list('Group', organization.id).map((group) => group.name);
  throw missingReference(`${path}.name`, 'group', name, known);
}

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

/**
 * The places that a scope of a document names.
 * @throws ApiError when one of them is not there
 */
export function resolveScope(scope: ScopeSpec, { reader, organization }: Planning): Scope {
  if (scope.kind === 'installation') return { kind: 'installation' };
  const narrowing = scope.namespaces === undefined ? {} : { namespaces: resolveNamespaces(scope.namespaces) };
  switch (scope.kind) {
    case 'organization':
      return { kind: 'organization', ...narrowing };
    case 'projects':
      return {
        kind: 'projects',
        projectIds: resolveNames('Project', scope.projects, { reader, organization }),
        ...narrowing,
      };
    case 'clusters':
      return {
        kind: 'clusters',
        clusterIds: resolveNames('Cluster', scope.clusters, { reader, organization }),
        ...narrowing,
      };
    case 'clusterSelector':
      return { kind: 'clusterSelector', selector: scope.selector as LabelSelector, ...narrowing };
  }
}

function resolveNames<Kind extends 'Project' | 'Cluster'>(
  kind: Kind,
  names: readonly string[],
  { reader, organization }: Pick<Planning, 'reader' | 'organization'>,
): RecordOf[Kind]['id'][] {
  return names.map((name, i) => {
    const found: RecordOf[Kind] | undefined = reader.find(kind, name, organization.id);
    if (found !== undefined) return found.id;
    const known = reader.list(kind, organization.id).map((each) => each.name);
    throw missingReference(`spec.scope.${kind.toLowerCase()}s.${i}`, kind.toLowerCase(), name, known);
  });
}

type NamespacesSpec = NonNullable<Extract<ScopeSpec, { kind: 'organization' }>['namespaces']>;

function resolveNamespaces(spec: NamespacesSpec): NamespaceSelection {
  return 'names' in spec
    ? { kind: 'names', names: spec.names }
    : { kind: 'selector', selector: spec.selector as LabelSelector };
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
