import { createId, LOCAL_ISSUER, type PrincipalId } from '@sallyport/core';
import type { GroupRecord } from '../../stores/records.ts';
import type { Planning, ResourceDefinition, Viewing } from '../definition.ts';
import { missingReference } from '../references.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';
import { organizationOf } from './targets.ts';

/** Groups of the organization's own. */
export const group: ResourceDefinition<'Group'> = {
  kind: 'Group',
  recordKind: 'Group',
  list: (reader, organizationId) =>
    reader.list('Group', organizationId).filter(({ identityProviderId }) => identityProviderId === undefined),
  find: (reader, organizationId, name) => reader.find('Group', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: organizationOf,
  describe(record, viewing) {
    const users = namesOf(record, 'user', viewing);
    const serviceAccounts = namesOf(record, 'serviceAccount', viewing);
    return {
      spec: {
        ...(record.description !== undefined && { description: record.description }),
        ...(users.length > 0 && { users }),
        ...(serviceAccounts.length > 0 && { serviceAccounts }),
      },
      status: { memberCount: record.memberIds.length },
    };
  },
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, assertHolds } = planning;
    const memberIds = [
      ...findMembers(planning, 'user', spec.users ?? [], 'spec.users'),
      ...findMembers(planning, 'serviceAccount', spec.serviceAccounts ?? [], 'spec.serviceAccounts'),
    ];
    const before = new Set(existing?.memberIds);
    // Bindings go by the name: a new name brings what is bound to it, to all who are in the group.
    const isRenamed = existing !== undefined && existing.name !== metadata.name;
    if (isRenamed || memberIds.some((id) => !before.has(id))) {
      assertHolds({
        kind: 'membership',
        organizationId: organization.id,
        issuer: LOCAL_ISSUER,
        name: metadata.name,
      });
    }
    return {
      record: {
        id: existing?.id ?? createId('group', context.clock.now()),
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        ...(spec.description !== undefined && { description: spec.description }),
        memberIds,
      },
    };
  },
};

function namesOf({ memberIds }: GroupRecord, kind: 'user' | 'serviceAccount', { snapshot }: Viewing): string[] {
  return memberIds
    .flatMap((id) => snapshot.principals.get(id) ?? [])
    .filter((principal) => principal.kind === kind)
    .map(machineNameOf)
    .sort();
}

function findMembers(
  { reader, organization }: Planning,
  kind: 'user' | 'serviceAccount',
  names: readonly string[],
  path: string,
): PrincipalId[] {
  return names.map((name, i) => {
    const found = findPrincipal(reader, organization.id, kind, name);
    if (found !== undefined) return found.id;
    const known = listPrincipals(reader, organization.id, kind).map(machineNameOf);
    throw missingReference(`${path}.${i}`, kind === 'user' ? 'user' : 'service account', name, known);
  });
}
