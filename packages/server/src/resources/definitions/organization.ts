import { createId, type OrganizationId, type PrincipalId } from '@sallyport/core';
import type { Snapshot } from '../../snapshot.ts';
import type { Transaction } from '../../stores/contracts.ts';
import { countOnce } from '../count-once.ts';
import type { ResourceDefinition } from '../definition.ts';

const countUsers = countOnce<Snapshot['principals'], OrganizationId>((principals, count) => {
  for (const { kind, organizationId } of principals.values()) if (kind === 'user') count(organizationId);
});
const countClusters = countOnce<Snapshot['clusters'], OrganizationId>((clusters, count) => {
  for (const { organizationId } of clusters.values()) count(organizationId);
});

/** Organizations. The one of the caller is managed like any resource of it; making and deleting one is apart. */
export const organization: ResourceDefinition<'Organization'> = {
  kind: 'Organization',
  recordKind: 'Organization',
  list(reader, organizationId) {
    const own = reader.get('Organization', organizationId);
    return own === undefined ? [] : [own];
  },
  find: (reader, _organizationId, name) => reader.find('Organization', name),
  nameOf: ({ name }) => name,
  targetsOf: ({ id }) => [{ kind: 'organization', organizationId: id }],
  describe: ({ id, spec }, { snapshot }) => ({
    spec,
    status: {
      userCount: countUsers(snapshot.principals).get(id) ?? 0,
      clusterCount: countClusters(snapshot.clusters).get(id) ?? 0,
    },
  }),
  plan({ metadata, spec }, existing, { context, snapshot }) {
    const id = existing?.id ?? createId('organization', context.clock.now());
    const switchesOff = spec.settings?.disableLocalUsers === true && !existing?.spec.settings?.disableLocalUsers;
    return {
      record: { id, name: metadata.name, labels: metadata.labels ?? {}, spec },
      // Who could not sign in any more is not signed in any more.
      ...(switchesOff && { alongside: (tx) => endLocalSessions(tx, snapshot, id) }),
    };
  },
};

async function endLocalSessions(tx: Transaction, snapshot: Snapshot, id: OrganizationId): Promise<void> {
  const people = new Set<PrincipalId>();
  for (const { organizationId, method, principalId } of snapshot.loginSessions.values()) {
    if (organizationId === id && method === 'local') people.add(principalId);
  }
  for (const principalId of people) await tx.endLoginSessionsOf({ principalId });
}
