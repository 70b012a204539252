import { createId, type ProjectId } from '@sallyport/core';
import type { Snapshot } from '../../snapshot.ts';
import { DEFAULT_PROJECT } from '../../stores/record-writer.ts';
import { countOnce } from '../count-once.ts';
import type { ResourceDefinition } from '../definition.ts';
import { readOnly } from '../references.ts';

const countOwned = countOnce<Snapshot['clusters'], ProjectId>((clusters, count) => {
  for (const { projectId } of clusters.values()) count(projectId);
});
const countShared = countOnce<Snapshot['clusters'], ProjectId>((clusters, count) => {
  for (const { sharedWithProjectIds } of clusters.values()) for (const id of sharedWithProjectIds) count(id);
});

/** Clusters that belong together. */
export const project: ResourceDefinition<'Project'> = {
  kind: 'Project',
  recordKind: 'Project',
  list: (reader, organizationId) => reader.list('Project', organizationId),
  find: (reader, organizationId, name) => reader.find('Project', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: ({ id, organizationId }) => [{ kind: 'project', organizationId, projectId: id }],
  describe: ({ id, spec }, { snapshot }) => ({
    spec,
    status: {
      clusterCount: countOwned(snapshot.clusters).get(id) ?? 0,
      sharedClusterCount: countShared(snapshot.clusters).get(id) ?? 0,
    },
  }),
  plan({ metadata, spec }, existing, { organization, context }) {
    if (existing?.name === DEFAULT_PROJECT && metadata.name !== DEFAULT_PROJECT) {
      throw readOnly('the name of the project default', 'Make another project, and move the clusters there.');
    }
    return {
      record: {
        id: existing?.id ?? createId('project', context.clock.now()),
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        spec,
      },
    };
  },
  planRemoval({ name }) {
    if (name === DEFAULT_PROJECT) throw readOnly('the project default', 'Every organization keeps it.');
    return undefined;
  },
};
