import type { Cluster, OrganizationId, ProjectId } from '@sallyport/core';

/** What a platform permission is asked for: the thing that an operation is about, or the place where it would be made. */
export type PermissionTarget =
  | { readonly kind: 'installation' }
  | { readonly kind: 'organization'; readonly organizationId: OrganizationId }
  | { readonly kind: 'project'; readonly organizationId: OrganizationId; readonly projectId: ProjectId }
  | { readonly kind: 'cluster'; readonly cluster: Cluster };
