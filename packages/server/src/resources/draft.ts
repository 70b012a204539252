import { compilePolicy } from '@sallyport/authz';
import { LOCAL_ISSUER, type OrganizationId, type PrincipalId } from '@sallyport/core';
import type { Snapshot } from '../snapshot.ts';
import type { PrincipalRecord, RecordKind, RecordOf, RecordReader, Writable } from '../stores/records.ts';
import { userNameKey } from '../stores/user-name-key.ts';

/** A snapshot with planned changes laid over it: what later documents of a set refer to. */
export interface Draft extends RecordReader {
  readonly snapshot: Snapshot;
  put<Kind extends RecordKind>(kind: Kind, record: Writable<RecordOf[Kind]>): void;
  remove<Kind extends RecordKind>(kind: Kind, id: RecordOf[Kind]['id']): void;
  /** What authority is weighed on: what the caller holds is that of the snapshot, what it is about may be planned. */
  authorityRecords(): Pick<Snapshot, 'policy' | 'clusters' | 'principals' | 'projects'>;
  /** Policy and people of an organization as they would be. */
  accessAfter(organizationId: OrganizationId): Pick<Snapshot, 'policy' | 'principals'>;
  /** What ownership would be judged on after the changes; `undefined` when none of them can touch it. */
  ownershipAfter(organizationId: OrganizationId): Pick<Snapshot, 'policy' | 'principals'> | undefined;
}

/** Kinds whose change can take the last owner away. */
const OWNERSHIP: readonly RecordKind[] = ['Binding', 'Group', 'Principal'];

/** Lays changes over a snapshot. Planned records have the metadata of a new record, which nobody reads. */
export function createDraft(snapshot: Snapshot, now: Date): Draft {
  const planned = new Map<RecordKind, Map<string, RecordOf[RecordKind] | undefined>>();
  const names = new Map<string, RecordOf[RecordKind]>();

  const laidOver = (kind: RecordKind) => planned.get(kind) ?? new Map<string, RecordOf[RecordKind] | undefined>();

  function set(kind: RecordKind, id: string, record: RecordOf[RecordKind] | undefined): void {
    const known = planned.get(kind) ?? new Map();
    const before = known.get(id);
    if (before !== undefined) names.delete(nameKey(kind, before));
    known.set(id, record);
    planned.set(kind, known);
    if (record !== undefined) names.set(nameKey(kind, record), record);
  }

  function merged<Id extends string, Kept>(kind: RecordKind, base: ReadonlyMap<Id, Kept>): ReadonlyMap<Id, Kept> {
    const changes = planned.get(kind);
    if (changes === undefined) return base;
    const result = new Map(base);
    for (const [id, record] of changes) {
      if (record === undefined) result.delete(id as Id);
      else result.set(id as Id, record as Kept);
    }
    return result;
  }

  const draft: Draft = {
    snapshot,
    get: (kind, id) => {
      const changes = planned.get(kind);
      return changes?.has(id) ? (changes.get(id) as RecordOf[typeof kind] | undefined) : snapshot.get(kind, id);
    },
    find: (kind, name, organizationId) => {
      const own = names.get(keyOf(kind, organizationId, name));
      if (own !== undefined) return own as RecordOf[typeof kind];
      const found = snapshot.find(kind, name, organizationId);
      return found !== undefined && laidOver(kind).has(found.id) ? undefined : found;
    },
    list: (kind, organizationId) => {
      const changes = laidOver(kind);
      const kept = snapshot.list(kind, organizationId).filter(({ id }) => !changes.has(id));
      const added = [...changes.values()].filter(
        (record) => record !== undefined && 'organizationId' in record && record.organizationId === organizationId,
      );
      return [...kept, ...added] as readonly RecordOf[typeof kind][];
    },
    put(kind, record) {
      const known = snapshot.get(kind, record.id);
      const metadata = {
        resourceVersion: known?.resourceVersion ?? 1,
        createdAt: known?.createdAt ?? now,
        updatedAt: now,
        labels: record.labels ?? {},
      };
      set(kind, record.id, { ...record, ...metadata } as RecordOf[typeof kind]);
    },
    remove: (kind, id) => set(kind, id, undefined),
    authorityRecords: () => ({
      policy: snapshot.policy,
      clusters: merged('Cluster', snapshot.clusters),
      principals: merged('Principal', snapshot.principals),
      projects: merged('Project', snapshot.projects),
    }),
    accessAfter: (organizationId) => ({
      policy: compilePolicy(
        {
          roles: draft.list('Role', organizationId),
          bindings: draft.list('Binding', organizationId),
          accessPolicies: draft.list('AccessPolicy', organizationId),
          requestPolicies: draft.list('RequestPolicy', organizationId),
          grants: [...snapshot.grants.values()].filter((grant) => grant.organizationId === organizationId),
        },
        snapshot.version,
      ),
      principals: withLocalGroups(draft, organizationId),
    }),
    ownershipAfter: (organizationId) =>
      OWNERSHIP.some((kind) => planned.has(kind)) ? draft.accessAfter(organizationId) : undefined,
  };
  return draft;
}

/** People with the groups that they would be in. */
function withLocalGroups(draft: Draft, organizationId: OrganizationId): ReadonlyMap<PrincipalId, PrincipalRecord> {
  const groupsOf = new Map<PrincipalId, string[]>();
  for (const { name, memberIds, identityProviderId } of draft.list('Group', organizationId)) {
    if (identityProviderId !== undefined) continue;
    for (const id of memberIds) groupsOf.set(id, [...(groupsOf.get(id) ?? []), name]);
  }
  return new Map(
    draft
      .list('Principal', organizationId)
      .map((principal) => [principal.id, { ...principal, localGroups: groupsOf.get(principal.id) ?? [] }]),
  );
}

function nameKey(kind: RecordKind, record: RecordOf[RecordKind]): string {
  const organizationId = 'organizationId' in record ? record.organizationId : undefined;
  // A group of a provider is found by its id only.
  if (kind === 'Group' && 'identityProviderId' in record && record.identityProviderId !== undefined) return record.id;
  if ('userName' in record) return keyOf(kind, organizationId, record.userName);
  return keyOf(kind, organizationId, 'name' in record ? record.name : record.id);
}

function keyOf(kind: RecordKind, organizationId: OrganizationId | undefined, name: string): string {
  return `${kind}/${organizationId ?? LOCAL_ISSUER}/${kind === 'Principal' ? userNameKey(name) : name}`;
}
