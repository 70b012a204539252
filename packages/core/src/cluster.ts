import type { AccessSettings } from './access-settings.ts';
import type { ClusterId, OrganizationId, ProjectId } from './ids.ts';

/** One registered Kubernetes API endpoint. */
export interface Cluster {
  readonly id: ClusterId;
  readonly organizationId: OrganizationId;
  /** The project that owns it. Absent: no project does, and no binding on projects reaches it as an owner's. */
  readonly projectId?: ProjectId;
  /** Projects whose people may use it; they never administer it. Absent: none. */
  readonly sharedWithProjectIds?: readonly ProjectId[];
  /** Unique in its organization; a DNS label (RFC 1123), so that it fits a path segment and a host name. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Settings of this cluster alone. */
  readonly settings?: AccessSettings;
}

/** Whether `name` can name a cluster or an organization: a DNS label of RFC 1123, at most 63 characters. */
export function isDnsLabel(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name);
}
