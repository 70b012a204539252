import type { Directory, NamedKind } from '@sallyport/authz';
import type { OrganizationId } from '@sallyport/core';
import type { RecordReader } from '../../stores/records.ts';
import type { Planning } from '../definition.ts';
import { missingReference } from '../references.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';
import { role as roles } from './role.ts';

const PRINCIPAL_KINDS = { User: 'user', ServiceAccount: 'serviceAccount', WorkloadIdentity: 'workload' } as const;

/** What each kind is called in sentences. */
const WORDS: Readonly<Record<NamedKind, string>> = {
  Role: 'role',
  Project: 'project',
  Cluster: 'cluster',
  IdentityProvider: 'identity provider',
  Group: 'group',
  User: 'user',
  ServiceAccount: 'service account',
  WorkloadIdentity: 'workload identity',
};

/** Looks up what documents name in the organization that is planned on. What is not there becomes an `ApiError`. */
export function directoryOf({
  reader,
  organization,
}: Pick<Planning, 'reader'> & { readonly organization: Pick<Planning['organization'], 'id'> }): Directory {
  const { id } = organization;
  return {
    organizationId: id,
    roleId: (name) => roles.find(reader, id, name)?.id,
    projectId: (name) => reader.find('Project', name, id)?.id,
    clusterId: (name) => reader.find('Cluster', name, id)?.id,
    principalId: (kind, name) => findPrincipal(reader, id, PRINCIPAL_KINDS[kind], name)?.id,
    issuerOf: (name) => reader.find('IdentityProvider', name, id)?.issuer,
    hasGroup: (name) => reader.find('Group', name, id) !== undefined,
    missing: (path, kind, name) => missingReference(path, WORDS[kind], name, namesOf(reader, id, kind)),
  };
}

function namesOf(reader: RecordReader, id: OrganizationId, kind: NamedKind): readonly string[] {
  switch (kind) {
    case 'Role':
      return roles.list(reader, id).map(({ name }) => name);
    case 'User':
    case 'ServiceAccount':
    case 'WorkloadIdentity':
      return listPrincipals(reader, id, PRINCIPAL_KINDS[kind]).map(machineNameOf);
    default:
      return reader.list(kind, id).map(({ name }) => name);
  }
}
