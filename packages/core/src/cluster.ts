import type { ClusterId, OrganizationId } from './ids.ts';

/** One registered Kubernetes API endpoint. */
export interface Cluster {
  readonly id: ClusterId;
  readonly organizationId: OrganizationId;
  /** Unique in its organization; a DNS label (RFC 1123), so that it fits a path segment and a host name. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether `name` can name a cluster or an organization: a DNS label of RFC 1123, at most 63 characters. */
export function isDnsLabel(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name);
}
