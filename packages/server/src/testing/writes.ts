import type { Binding, Role } from '@sallyport/authz';
import type { Cluster, OrganizationId, ProjectId } from '@sallyport/core';
import type { BindingRecord, ClusterRecord, Organization, RoleRecord, Transaction } from '../stores/index.ts';

/** The project that {@link putOrganization} makes beside the one that the store does: its id is known beforehand. */
const projectOf = (id: OrganizationId) => `prj_${id.slice(4)}` as ProjectId;

/** Puts an organization that {@link putCluster} can put clusters into. */
export async function putOrganization(tx: Transaction, { id, name }: Organization): Promise<void> {
  await tx.put('Organization', { id, name, spec: {} });
  await tx.put('Project', { id: projectOf(id), organizationId: id, name: 'tests', spec: {} });
}

/** Puts a cluster in the short form in which tests write it. */
export function putCluster(tx: Transaction, { labels = {}, ...cluster }: Cluster): Promise<ClusterRecord> {
  const projectId = projectOf(cluster.organizationId);
  return tx.put('Cluster', { ...cluster, labels, projectId, sharedWithProjectIds: [], spec: {} });
}

/** Puts a role of people's own. */
export function putRole(tx: Transaction, role: Role): Promise<RoleRecord> {
  return tx.put('Role', { isBuiltIn: false, ...role });
}

/** Puts a binding under a name made of its id. */
export function putBinding(tx: Transaction, binding: Binding): Promise<BindingRecord> {
  return tx.put('Binding', { name: binding.id.replace('_', '-'), ...binding });
}
