import type { AuditCategory } from '@sallyport/audit';
import { findCatalogueEntry } from '@sallyport/audit';
import type { PlatformPermission } from '@sallyport/core/api';
import type { AccessGround } from '../access-requests/ground.ts';
import { holdsInOrganization, maySeeGrant, maySeeRequest } from '../access-requests/visibility.ts';
import { isPermitted } from '../api/permissions.ts';
import type { Change } from './change-news.ts';

/** What lets somebody see the things of a category, on the cluster that an event names. */
const READS: Partial<Readonly<Record<AuditCategory, PlatformPermission>>> = {
  agent: 'clusters.read',
  recording: 'sessions.read',
  session: 'sessions.read',
};

/** Whether the caller may know of a change: as whoever made it, or because they see what was changed, or its event. */
export function isSeenBy(ground: AccessGround, { event, request, grant }: Change): boolean {
  const { snapshot, caller } = ground;
  if (event.principal?.id === caller.id) return true;
  if (request !== undefined && maySeeRequest(ground, request)) return true;
  if (grant !== undefined && maySeeGrant(ground, grant, request?.policyId)) return true;
  if (holdsInOrganization(ground, 'audit.read')) return true;
  const category = findCatalogueEntry(event.code)?.category;
  const permission = category && READS[category];
  if (permission === undefined) return false;
  const cluster = event.clusterId && snapshot.clusters.get(event.clusterId);
  return (
    isPermitted(snapshot, caller, permission) ||
    (cluster !== undefined && isPermitted(snapshot, caller, permission, cluster))
  );
}
