import { type NamespaceSelection, OWN_ROLE_PREFIX, type Scope, type Subject } from '@sallyport/authz';
import { createId, type LabelSelector, LOCAL_ISSUER } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { BindingRecord, RecordOf, RecordReader } from '../../stores/records.ts';
import type { Planning, ResourceDefinition } from '../definition.ts';
import { missingReference } from '../references.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';
import { role as roles } from './role.ts';
import { targetsOfScope } from './targets.ts';

type Spec = KindSpec<'Binding'>;
type SubjectSpec = Spec['subjects'][number];
type ScopeSpec = Spec['scope'];

/** Standing bindings. Who manages one must be permitted on all that it reaches. */
export const binding: ResourceDefinition<'Binding'> = {
  kind: 'Binding',
  recordKind: 'Binding',
  list: (reader, organizationId) =>
    reader.list('Binding', organizationId).filter(({ roleId }) => !isOwn(reader, roleId)),
  find(reader, organizationId, name) {
    const found = reader.find('Binding', name, organizationId);
    return found === undefined || isOwn(reader, found.roleId) ? undefined : found;
  },
  nameOf: ({ name }) => name,
  targetsOf: ({ scope, organizationId }, reader) => targetsOfScope(scope, organizationId, reader),
  describe: (record, { reader }) => ({
    spec: {
      ...(record.description !== undefined && { description: record.description }),
      role: reader.get('Role', record.roleId)?.name ?? record.roleId,
      subjects: record.subjects.map((subject) => describeSubject(subject, record, reader)),
      scope: describeScope(record.scope, reader),
    },
    status: {},
  }),
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, reader, assertHolds } = planning;
    const role = roles.find(reader, organization.id, spec.role);
    if (role === undefined) {
      const known = roles.list(reader, organization.id).map(({ name }) => name);
      throw missingReference('spec.role', 'role', spec.role, known);
    }
    const scope = resolveScope(spec.scope, planning);
    assertHolds({ kind: 'binding', role, scope });
    return {
      record: {
        id: existing?.id ?? createId('binding', context.clock.now()),
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        ...(spec.description !== undefined && { description: spec.description }),
        roleId: role.id,
        subjects: spec.subjects.map((subject, i) => resolveSubject(subject, `spec.subjects.${i}`, planning)),
        scope,
      },
    };
  },
};

function isOwn(reader: RecordReader, roleId: BindingRecord['roleId']): boolean {
  return reader.get('Role', roleId)?.name.startsWith(OWN_ROLE_PREFIX) ?? false;
}

function resolveSubject(subject: SubjectSpec, path: string, { reader, organization }: Planning): Subject {
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

function describeSubject(subject: Subject, { organizationId }: BindingRecord, reader: RecordReader): SubjectSpec {
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

function resolveScope(scope: ScopeSpec, { reader, organization }: Planning): Scope {
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

function describeScope(scope: Scope, reader: RecordReader): ScopeSpec {
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
