import { createId, type ProjectId } from '@sallyport/core';
import { describeClusterStatus } from '../../api/clusters.ts';
import { DEFAULT_PROJECT } from '../../stores/record-writer.ts';
import type { Planning, ResourceDefinition } from '../definition.ts';
import { missingReference } from '../references.ts';

/** Registered clusters. A new one belongs to the project `default` unless it says otherwise. */
export const cluster: ResourceDefinition<'Cluster'> = {
  kind: 'Cluster',
  recordKind: 'Cluster',
  list: (reader, organizationId) => reader.list('Cluster', organizationId),
  find: (reader, organizationId, name) => reader.find('Cluster', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: (record) => [{ kind: 'cluster', cluster: { ...record, labels: record.labels ?? {} } }],
  describe(record, { snapshot, context, caller }) {
    const projectName = (id: ProjectId) => snapshot.projects.get(id)?.name ?? id;
    return {
      spec: {
        ...record.spec,
        project: projectName(record.projectId),
        ...(record.sharedWithProjectIds.length > 0 && {
          sharedWith: record.sharedWithProjectIds.map(projectName).sort(),
        }),
      },
      status: describeClusterStatus(context, snapshot, caller, record),
    };
  },
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, reader } = planning;
    const { project, sharedWith = [], ...rest } = spec;
    const projectId = findProject(planning, project ?? DEFAULT_PROJECT, 'spec.project');
    const record = {
      id: existing?.id ?? createId('cluster', context.clock.now()),
      organizationId: organization.id,
      name: metadata.name,
      labels: metadata.labels ?? {},
      projectId,
      sharedWithProjectIds: sharedWith
        .map((name, i) => findProject(planning, name, `spec.sharedWith.${i}`))
        .filter((id) => id !== projectId),
      spec: rest,
    };
    if (existing !== undefined) planning.assertHolds({ kind: 'cluster', before: existing, after: record });
    if (existing !== undefined && existing.projectId !== projectId) {
      planning.assertPermitted('clusters.create', {
        kind: 'project',
        organizationId: organization.id,
        projectId: reader.get('Project', projectId)?.id ?? projectId,
      });
    }
    return { record };
  },
};

function findProject({ reader, organization }: Planning, name: string, path: string): ProjectId {
  const found = reader.find('Project', name, organization.id);
  if (found !== undefined) return found.id;
  throw missingReference(
    path,
    'project',
    name,
    reader.list('Project', organization.id).map((project) => project.name),
  );
}
