import type { RecordPart } from './record-part.ts';
import type { GroupRecord, IdentityProviderRecord, PrincipalRecord } from './stores/records.ts';

/** Groups of each principal, by id. */
export type Memberships = ReadonlyMap<string, readonly string[]>;

/** Principals as decisions see them, with what the next derivation starts from. */
export interface DerivedPrincipals {
  readonly part: RecordPart<PrincipalRecord>;
  readonly memberships: Memberships;
}

/** What principals are derived from. */
export interface PrincipalParts {
  readonly principals: RecordPart<PrincipalRecord>;
  readonly groups: RecordPart<GroupRecord>;
  readonly identityProviders: RecordPart<IdentityProviderRecord>;
}

/**
 * Gives principals the groups that are kept here: those of the organization itself in `localGroups`, and in `groups` those
 * of a provider whose groups come by SCIM, in place of what it stated at login. A principal whose groups did not change
 * stays the same object, so that what is kept by it (an evaluator's index) stays good.
 */
export function derivePrincipals(
  { principals, groups, identityProviders }: PrincipalParts,
  before?: DerivedPrincipals & { readonly from: PrincipalParts },
): DerivedPrincipals {
  const derivedOf = (base: PrincipalRecord, memberships: Memberships) => {
    const derived = derive(base, memberships.get(base.id), groups.map, identityProviders.map);
    const known = before?.from.principals.map.get(base.id) === base ? before.part.map.get(base.id) : undefined;
    return known !== undefined && haveSameGroups(known, derived) ? known : derived;
  };
  const isRebuilt = principals.changed === 'all' || groups.changed === 'all' || identityProviders.changed.length > 0;
  if (before === undefined || isRebuilt) {
    const memberships = collectMemberships(groups.map.values());
    const map = new Map<string, PrincipalRecord>();
    for (const [id, base] of principals.map) map.set(id, derivedOf(base, memberships));
    return { part: { map, changed: 'all' }, memberships };
  }
  const memberships = updateMemberships(before.memberships, groups, before.from.groups.map);
  const affected = new Set<string>(principals.changed);
  for (const id of groups.changed) {
    for (const group of [before.from.groups.map.get(id), groups.map.get(id)]) {
      for (const member of group?.memberIds ?? []) affected.add(member);
    }
  }
  if (affected.size === 0) return { part: { map: before.part.map, changed: [] }, memberships };
  const map = new Map(before.part.map);
  for (const id of affected) {
    const base = principals.map.get(id);
    if (base === undefined) map.delete(id);
    else map.set(id, derivedOf(base, memberships));
  }
  return { part: { map, changed: [...affected] }, memberships };
}

function derive(
  base: PrincipalRecord,
  groupIds: readonly string[] = [],
  groups: ReadonlyMap<string, GroupRecord>,
  providers: ReadonlyMap<string, IdentityProviderRecord>,
): PrincipalRecord {
  const { identityProviderId } = base;
  const isByScim = identityProviderId !== undefined && providers.get(identityProviderId)?.spec.groupsSource === 'scim';
  const own = groupIds.flatMap((id) => groups.get(id) ?? []);
  const namesOf = (kept: readonly GroupRecord[]) => kept.map(({ name }) => name).sort();
  const localGroups = namesOf(own.filter((group) => group.identityProviderId === undefined));
  const stated = isByScim
    ? namesOf(own.filter((group) => group.identityProviderId === identityProviderId))
    : base.groups;
  if (localGroups.length === 0 && stated === base.groups) return base;
  return { ...base, groups: stated, localGroups };
}

function haveSameGroups(a: PrincipalRecord, b: PrincipalRecord): boolean {
  return areSame(a.groups, b.groups) && areSame(a.localGroups ?? [], b.localGroups ?? []);
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function collectMemberships(groups: Iterable<GroupRecord>): Map<string, readonly string[]> {
  const memberships = new Map<string, string[]>();
  for (const { id, memberIds } of groups) {
    for (const member of memberIds) {
      const known = memberships.get(member);
      if (known === undefined) memberships.set(member, [id]);
      else known.push(id);
    }
  }
  return memberships;
}

function updateMemberships(
  before: Memberships,
  groups: RecordPart<GroupRecord>,
  groupsBefore: ReadonlyMap<string, GroupRecord>,
): Memberships {
  if (groups.changed.length === 0) return before;
  const memberships = new Map(before);
  for (const id of groups.changed) {
    const was = new Set<string>(groupsBefore.get(id)?.memberIds);
    const is = new Set<string>(groups.map.get(id)?.memberIds);
    for (const member of was) {
      if (is.has(member)) continue;
      const left = (memberships.get(member) ?? []).filter((groupId) => groupId !== id);
      if (left.length === 0) memberships.delete(member);
      else memberships.set(member, left);
    }
    for (const member of is) {
      if (!was.has(member)) memberships.set(member, [...(memberships.get(member) ?? []), id]);
    }
  }
  return memberships;
}
