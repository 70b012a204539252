import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { IssuedGrant } from '@sallyport/authz';
import { aBinding, aCluster, aGrant, anAccessQuery, aPrincipal, aRole } from '@sallyport/authz/testing';
import { createId, LOCAL_ISSUER, type OrganizationId, type PrincipalId } from '@sallyport/core';
import { describe, expect, it, vi } from 'vitest';
import { type BuiltSnapshot, buildSnapshot, rebuildSnapshot } from './build-snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import type {
  GroupRecord,
  IdentityProviderRecord,
  PrincipalRecord,
  SnapshotRecords,
  SnapshotUpdates,
} from './stores/index.ts';
import { completeRecords, type ShortRecords } from './testing/records.ts';

const organizationId = aCluster().organizationId;
const AT = new Date('2026-01-01T00:00:00Z');
const METADATA = {
  labels: {},
  resourceVersion: 1,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  updatedAt: new Date('2026-01-01T00:00:00Z'),
};
const aGroup = (overrides: Partial<GroupRecord> = {}): GroupRecord => ({
  ...METADATA,
  id: createId('group'),
  organizationId,
  name: 'team',
  memberIds: [],
  ...overrides,
});
const aProvider = (overrides: Partial<IdentityProviderRecord> = {}): IdentityProviderRecord => ({
  ...METADATA,
  id: createId('identityProvider'),
  organizationId,
  name: 'corporate',
  issuer: 'https://idp.example.com',
  spec: { oidc: { issuer: 'https://idp.example.com', clientId: 'sallyport' } },
  hasClientSecret: false,
  isFromConfiguration: false,
  ...overrides,
});
const aPerson = (overrides: Partial<PrincipalRecord> = {}): PrincipalRecord => {
  const [person] = completeRecords({ principals: [aPrincipal()] }).principals;
  if (person === undefined) throw new Error('no person');
  return { ...person, ...overrides };
};

const RECORDS: ShortRecords = {
  organizations: [{ id: organizationId, name: 'acme' }],
  principals: [aPrincipal()],
  clusters: [aCluster()],
  roles: [aRole()],
  bindings: [aBinding()],
};
const built = (records: ShortRecords = RECORDS, version = 1) =>
  buildSnapshot({ version, records: completeRecords(records), updates: {} }, AT);
const after = (previous: BuiltSnapshot, updates: SnapshotUpdates, records: Partial<SnapshotRecords> = {}) =>
  buildSnapshot({ version: previous.snapshot.version + 1, records, updates }, AT, previous);
const update = <Kept extends { readonly id: string }>(...records: readonly Kept[]) =>
  new Map(records.map((record) => [record.id, record]));

describe('buildSnapshot', () => {
  it('puts records in and takes records out by key, and shares everything else', () => {
    const before = built();
    const ben = aPerson({ id: createId('principal'), userName: 'ben@example.com' });
    const { snapshot } = after(before, { principals: new Map([...update(ben), [aPrincipal().id, undefined]]) });
    expect([...snapshot.principals.values()]).toEqual([ben]);
    expect([...before.snapshot.principals.keys()]).toEqual([aPrincipal().id]);
    for (const part of [
      'organizations',
      'projects',
      'clusters',
      'groups',
      'loginSessions',
      'roles',
      'bindings',
    ] as const) {
      expect(snapshot[part]).toBe(before.snapshot[part]);
    }
  });

  it('does not compile the policy again for a login, and decides under the new version all the same', () => {
    const before = built();
    const { snapshot } = after(before, { principals: update(aPerson({ lastLoginAt: new Date() })) });
    expect(snapshot.policy.bindingsOf).toBe(before.snapshot.policy.bindingsOf);
    expect(snapshot.permissions).toBe(before.snapshot.permissions);
    expect(snapshot.authorize(anAccessQuery())).toMatchObject({ effect: 'allow', snapshotVersion: 2 });
    expect(before.snapshot.authorize(anAccessQuery())).toMatchObject({ effect: 'allow', snapshotVersion: 1 });
  });

  it('does not compile what stands again for a grant, which counts in its time', () => {
    const grant: IssuedGrant = { ...aGrant(), reason: 'an incident', createdAt: AT, isBreakGlass: false };
    const before = built({ ...RECORDS, bindings: [] });
    const granted = after(before, { grants: update(grant) });
    const decide = ({ snapshot }: BuiltSnapshot, at = AT) => snapshot.authorize(anAccessQuery({ at }));
    expect(granted.snapshot.policy.bindingsOf).toBe(before.snapshot.policy.bindingsOf);
    expect(decide(before)).toMatchObject({ effect: 'deny', snapshotVersion: 1 });
    expect(decide(granted)).toMatchObject({ effect: 'allow', snapshotVersion: 2, expiresAt: grant.endsAt });
    expect(decide(granted, grant.endsAt).effect).toBe('deny');
    const revoked = after(granted, { grants: new Map([[grant.id, undefined]]) });
    expect(decide(revoked)).toMatchObject({ effect: 'deny', snapshotVersion: 3 });
  });

  it('gives what grants give on Sallyport itself from the instant at which they start to that at which they end', () => {
    const role = aRole({ permissions: ['users.read'] });
    const startsAt = new Date(AT.getTime() + 1_000);
    const grant: IssuedGrant = { ...aGrant({ startsAt }), reason: 'an incident', createdAt: AT, isBreakGlass: false };
    const before = built({ ...RECORDS, roles: [role], bindings: [], grants: [grant] });
    const permits = ({ snapshot }: BuiltSnapshot) =>
      snapshot.permissions.permits(aPrincipal(), 'users.read', { kind: 'organization', organizationId });
    expect(permits(before)).toBe(false);
    const started = rebuildSnapshot(before, startsAt);
    expect(permits(started)).toBe(true);
    const ended = rebuildSnapshot(started, grant.endsAt);
    expect(permits(ended)).toBe(false);
    expect(permits(after(ended, {}))).toBe(false);
  });

  it('compiles the policy again when a role or a binding is gone', () => {
    for (const gone of [
      { roles: new Map([[aRole().id, undefined]]) },
      { bindings: new Map([[aBinding().id, undefined]]) },
    ]) {
      const { snapshot } = after(built(), gone);
      expect(snapshot.authorize(anAccessQuery())).toMatchObject({ effect: 'deny', snapshotVersion: 2 });
    }
  });

  it('finds records by name: people by any form of theirs, groups among the own ones', () => {
    const provider = aProvider();
    const own = aGroup({ name: 'ops' });
    const records = completeRecords({
      ...RECORDS,
      principals: [aPrincipal({ userName: 'Ännchen@Example.com' })],
      identityProviders: [provider],
      groups: [aGroup({ name: 'ops', identityProviderId: provider.id }), own, aGroup({ name: 'opt' })],
    });
    const { snapshot } = buildSnapshot({ version: 1, records, updates: {} }, AT);
    expect(snapshot.find('Principal', 'A\u0308NNCHEN@example.com', organizationId)?.id).toBe(aPrincipal().id);
    expect(snapshot.find('Group', 'ops', organizationId)).toBe(own);
    expect(snapshot.find('Group', 'op', organizationId)).toBeUndefined();
    expect(snapshot.find('Organization', 'acme')?.id).toBe(organizationId);
    expect(snapshot.find('Cluster', aCluster().name, createId('organization'))).toBeUndefined();
    expect(snapshot.get('Group', own.id)).toBe(own);
    expect(snapshot.get('Installation', snapshot.installation.id)).toBe(snapshot.installation);
    expect(snapshot.list('Group', organizationId).map(({ name }) => name)).toEqual(['ops', 'ops', 'opt']);
    expect(snapshot.list('Group', createId('organization'))).toEqual([]);
  });

  it('gives members the groups of the organization, and takes them away at once', () => {
    const group = aGroup({ memberIds: [aPrincipal().id] });
    const groupsOf = ({ snapshot }: BuiltSnapshot) => snapshot.principals.get(aPrincipal().id)?.localGroups;
    const joined = after(built(), { groups: update(group) });
    expect(groupsOf(joined)).toEqual(['team']);
    const renamed = after(joined, { groups: update({ ...group, name: 'crew' }) });
    expect(groupsOf(renamed)).toEqual(['crew']);
    const loggedIn = after(renamed, { principals: update(aPerson({ lastLoginAt: new Date(), groups: ['dev'] })) });
    expect(groupsOf(loggedIn)).toEqual(['crew']);
    expect(groupsOf(after(loggedIn, { groups: update({ ...group, memberIds: [] }) }))).toBeUndefined();
    expect(groupsOf(after(loggedIn, { groups: new Map([[group.id, undefined]]) }))).toBeUndefined();
    expect(groupsOf(after(loggedIn, {}, { groups: [] }))).toBeUndefined();
  });

  it('decides by a group of the organization', () => {
    const byTeam = aBinding({ subjects: [{ kind: 'group', issuer: LOCAL_ISSUER, name: 'team' }] });
    const before = built({ ...RECORDS, bindings: [byTeam] });
    const ask = ({ snapshot }: BuiltSnapshot) => {
      const principal = snapshot.principals.get(aPrincipal().id);
      return snapshot.authorize(anAccessQuery(principal && { principal })).effect;
    };
    expect(ask(before)).toBe('deny');
    const joined = after(before, { groups: update(aGroup({ memberIds: [aPrincipal().id] })) });
    expect(ask(joined)).toBe('allow');
  });

  it('SEC-E02 takes groups from SCIM alone where a provider says so, whatever it stated at login', () => {
    const provider = aProvider();
    const person = aPerson({ identityProviderId: provider.id, groups: ['stale'] });
    const kept = aGroup({ name: 'kept', identityProviderId: provider.id, memberIds: [person.id] });
    const before = built({ ...RECORDS, principals: [person], identityProviders: [provider], groups: [kept] });
    const groupsOf = ({ snapshot }: BuiltSnapshot) => snapshot.principals.get(person.id)?.groups;
    expect(groupsOf(before)).toEqual(['stale']);
    const byScim = after(before, {
      identityProviders: update(aProvider({ ...provider, spec: { ...provider.spec, groupsSource: 'scim' } })),
    });
    expect(groupsOf(byScim)).toEqual(['kept']);
    expect(groupsOf(after(byScim, { principals: update({ ...person, groups: ['stale', 'more'] }) }))).toEqual(['kept']);
    expect(groupsOf(after(byScim, { groups: update({ ...kept, memberIds: [] }) }))).toEqual([]);
  });

  it('leaves a principal the same object when nothing about it changed', () => {
    const provider = aProvider();
    const group = aGroup({ memberIds: [aPrincipal().id] });
    const before = built({ ...RECORDS, identityProviders: [provider], groups: [group] });
    const { snapshot } = after(before, { identityProviders: update({ ...provider, name: 'renamed' }) });
    expect(snapshot.principals.get(aPrincipal().id)).toBe(before.snapshot.principals.get(aPrincipal().id));
  });

  it('comes to the same by a hundred small changes as by one large read', () => {
    const random = createRandom(20_261_122);
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
    const organizations = ['a', 'b'].map((name) => ({ id: createId('organization'), name }));
    const people = new Map<PrincipalId, PrincipalRecord>();
    const groups = new Map<string, GroupRecord>();
    let current = built({ organizations });
    for (let step = 0; step < 100; step++) {
      const updates: {
        principals?: Map<string, PrincipalRecord | undefined>;
        groups?: Map<string, GroupRecord | undefined>;
      } = {};
      const { id: home } = pick(organizations);
      if (random() < 0.6) {
        const known = pick([...people.values(), undefined]);
        const id = known?.id ?? createId('principal');
        const isGone = known !== undefined && random() < 0.3;
        const person = aPerson({
          id,
          organizationId: known?.organizationId ?? home,
          userName: `p${Math.floor(random() * 50)}`,
          resourceVersion: step,
        });
        updates.principals = new Map([[id, isGone ? undefined : person]]);
        if (isGone) people.delete(id);
        else people.set(id, person);
      }
      if (random() < 0.6) {
        const known = pick([...groups.values(), undefined]);
        const memberIds = [...people.keys()].filter(() => random() < 0.4);
        const group = aGroup({
          id: known?.id ?? createId('group'),
          organizationId: known?.organizationId ?? home,
          name: `g${Math.floor(random() * 9)}`,
          memberIds,
        });
        const isGone = known !== undefined && random() < 0.3;
        updates.groups = new Map([[group.id, isGone ? undefined : group]]);
        if (isGone) groups.delete(group.id);
        else groups.set(group.id, group);
      }
      current = after(current, updates);
      const whole = built({ organizations, principals: [...people.values()], groups: [...groups.values()] });
      expect(readable(current.snapshot, organizations)).toEqual(readable(whole.snapshot, organizations));
    }
  });
});

/** What can be read of people and groups. */
function readable(snapshot: Snapshot, organizations: readonly { readonly id: OrganizationId }[]) {
  return organizations.map(({ id }) => ({
    people: snapshot.list('Principal', id),
    groups: snapshot.list('Group', id),
    byName: snapshot.list('Principal', id).map(({ userName }) => snapshot.find('Principal', userName, id)?.userName),
  }));
}

/** Mulberry32: small, seeded, good enough to mix test cases. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a snapshot', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  it('lets go of those before it', async () => {
    const former: WeakRef<object>[] = [];
    /** What stands in variables here is gone with the call. */
    function change(previous: BuiltSnapshot): BuiltSnapshot {
      const { snapshot, parts, principals, grants } = previous;
      const { policy, permissions } = snapshot;
      const made = [snapshot, policy, permissions, parts.principals, parts.grants, principals, grants];
      former.push(...made.map((each) => new WeakRef(each)));
      const grant: IssuedGrant = { ...aGrant(), reason: 'an incident', createdAt: AT, isBreakGlass: false };
      return after(previous, { principals: update(aPerson()), grants: update(grant) });
    }
    let current = built();
    for (let i = 0; i < 5; i += 1) current = change(current);
    await vi.waitFor(() => {
      collectGarbage();
      expect(former.filter((each) => each.deref() !== undefined)).toEqual([]);
    });
    expect(current.snapshot.version).toBe(6);
  });
});
