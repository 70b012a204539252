import type { AccessPolicy, Binding, Role } from '@sallyport/authz';
import {
  type Clock,
  type Cluster,
  createId,
  type LoginSessionId,
  type OrganizationId,
  type Principal,
  type PrincipalId,
  systemClock,
} from '@sallyport/core';
import { buildSnapshot } from './build-snapshot.ts';
import type { Snapshot, SnapshotSource } from './snapshot.ts';
import type { SnapshotRecords } from './stores/index.ts';

/** Somebody who is signed in, as whoever signs people in knows it. */
export interface MemorySession {
  readonly id: LoginSessionId;
  readonly principalId: PrincipalId;
  readonly expiresAt: Date;
}

/** One organization, as an embedder knows it. Whatever is left out of it is nobody's and revoked. */
export interface MemoryWorld {
  readonly organization: { readonly id: OrganizationId; readonly name: string };
  readonly principals: readonly Principal[];
  readonly sessions: readonly MemorySession[];
  readonly clusters: readonly Cluster[];
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  /** Default: none. */
  readonly accessPolicies?: readonly AccessPolicy[];
}

/** A snapshot source over values: what an access proxy needs where no server of ours keeps records. */
export interface MemorySnapshots extends SnapshotSource {
  /** Replaces everything. Open streams that lost what they rested on are ended. */
  replace(world: MemoryWorld): void;
}

/** Makes a snapshot source over a world that changes by {@link MemorySnapshots.replace} alone, and so is always fresh. */
export function createMemorySnapshots(
  world: MemoryWorld,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): MemorySnapshots {
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const startedAt = new Date(clock.now());
  const installation = { id: createId('installation', clock.now()), spec: {}, ...metadataOf(startedAt) };
  let version = 0;
  let current = build(world);

  function build(next: MemoryWorld): Snapshot {
    version += 1;
    const at = new Date(clock.now());
    const records = { ...recordsOf(next, at), installation: [installation] };
    return buildSnapshot({ version, records, updates: {} }, at).snapshot;
  }

  return {
    current: () => current,
    isFresh: () => true,
    refresh: async () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    replace(next) {
      current = build(next);
      for (const listener of [...listeners]) listener(current);
    },
    async close() {
      listeners.clear();
    },
  };
}

function metadataOf(at: Date) {
  return { labels: {}, resourceVersion: 1, createdAt: at, updatedAt: at };
}

function recordsOf(world: MemoryWorld, at: Date): Omit<SnapshotRecords, 'installation'> {
  const { organization, principals, sessions, clusters, roles, bindings, accessPolicies = [] } = world;
  const organizationId = organization.id;
  const metadata = metadataOf(at);
  const project = {
    id: organizationId.replace(/^org_/, 'prj_') as SnapshotRecords['projects'][number]['id'],
    ...{ organizationId, name: 'default', spec: {} },
    ...metadata,
  };
  return {
    organizations: [{ spec: {}, ...metadata, ...organization }],
    projects: [project],
    principals: principals.map((one) => ({ spec: {}, isDisabled: false, ...metadata, ...one })),
    loginSessions: sessions.map((one) => ({
      method: 'oidc',
      client: 'cli',
      organizationId,
      createdAt: at,
      ...one,
    })),
    clusters: clusters.map((one) => ({
      ...{ spec: {}, projectId: project.id, sharedWithProjectIds: [] },
      ...metadata,
      ...one,
    })),
    roles: roles.map((one) => ({ isBuiltIn: false, ...metadata, ...one })),
    bindings: bindings.map((one) => ({ name: one.id.replace('_', '-'), ...metadata, ...one })),
    accessPolicies: accessPolicies.map((one) => ({ ...metadata, ...one })),
    ...{ identityProviders: [], groups: [], revokedCredentials: [], notificationChannels: [], auditSinks: [] },
    ...{ requestPolicies: [], terminatedSessions: [], grants: [], agentCertificates: [] },
  };
}
