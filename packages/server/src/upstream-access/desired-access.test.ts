import type { Binding, IssuedGrant, Role, Scope } from '@sallyport/authz';
import { type Cluster, createId, type Principal } from '@sallyport/core';
import { parseUpstreamAccess, upstreamRoleName } from '@sallyport/core/upstream-access';
import { describe, expect, it } from 'vitest';
import type { LoginSession } from '../stores/contracts.ts';
import { aSnapshot } from '../testing/records.ts';
import { type DesiredAccess, desiredAccess } from './desired-access.ts';

const AT = new Date('2026-01-01T00:10:00Z');
/** End of the half-hour after next. */
const LEASE_END = Date.parse('2026-01-01T01:00:00Z') / 1_000;

const organization = { id: createId('organization'), name: 'acme' };
const organizationId = organization.id;
const cluster: Cluster = { id: createId('cluster'), organizationId, name: 'prod', labels: {} };

function aPerson(userName: string, more: Partial<Principal> = {}): Principal {
  return {
    id: createId('principal'),
    organizationId,
    kind: 'user',
    issuer: 'https://id.example.com',
    subjectClaim: userName,
    userName,
    displayName: userName,
    groups: [],
    ...more,
  };
}

function aSession({ id: principalId }: Principal, endsInMs: number): LoginSession {
  return {
    id: createId('loginSession'),
    organizationId,
    principalId,
    expiresAt: new Date(AT.getTime() + endsInMs),
  } as LoginSession;
}

function aRole(name: string, ceilingGroups: readonly string[], more: Partial<Role> = {}): Role {
  return { id: createId('role'), organizationId, name, ceilingGroups, permissions: [], ...more };
}

function aBinding(role: Role, who: readonly Principal[], scope: Scope = { kind: 'organization' }): Binding {
  const subjects = who.map(({ id }) => ({ kind: 'principal' as const, id }));
  return { id: createId('binding'), organizationId, roleId: role.id, subjects, scope };
}

const HOUR = 60 * 60_000;
const view = aRole('viewer', ['sallyport:view']);
const edit = aRole('developer', ['sallyport:edit']);

function desired(
  records: {
    readonly principals: readonly Principal[];
    readonly sessions?: readonly LoginSession[];
    readonly roles?: readonly Role[];
    readonly bindings: readonly Binding[];
    readonly grants?: readonly IssuedGrant[];
  },
  options: Partial<Parameters<typeof desiredAccess>[2]> = {},
): DesiredAccess {
  const snapshot = aSnapshot({
    organizations: [organization],
    clusters: [cluster],
    principals: records.principals,
    loginSessions: records.sessions ?? records.principals.map((principal) => aSession(principal, 8 * HOUR)),
    roles: records.roles ?? [view, edit],
    bindings: records.bindings,
    grants: records.grants ?? [],
  });
  return desiredAccess(snapshot, cluster, {
    clusterRoles: ['view', 'edit'],
    namespaces: undefined,
    at: AT,
    ...options,
  });
}

const bindingsOf = ({ encoded }: DesiredAccess) => parseUpstreamAccess(encoded.bytes).bindings;

describe('what is to be kept bound', () => {
  const ada = aPerson('ada@example.com');
  const bob = aPerson('bob@example.com');

  it('is every live person in every place that a binding of theirs reaches, until the lease ends', () => {
    const made = desired({
      principals: [ada, bob],
      bindings: [
        aBinding(view, [ada, bob]),
        aBinding(edit, [bob], { kind: 'organization', namespaces: { kind: 'names', names: ['a', 'b'] } }),
      ],
    });
    expect(bindingsOf(made)).toEqual([
      { clusterRole: 'edit', namespace: 'a', subjects: [{ user: 'bob@example.com', expiresAt: LEASE_END }] },
      { clusterRole: 'edit', namespace: 'b', subjects: [{ user: 'bob@example.com', expiresAt: LEASE_END }] },
      {
        clusterRole: 'view',
        subjects: [
          { user: 'ada@example.com', expiresAt: LEASE_END },
          { user: 'bob@example.com', expiresAt: LEASE_END },
        ],
      },
    ]);
    expect(made.byUser.get('bob@example.com')).toEqual(new Set(['view/', 'edit/a', 'edit/b']));
    expect(made.problem).toBeUndefined();
  });

  it('counts people of groups, and nobody without a live session', () => {
    const member = aPerson('eve@example.com', { groups: ['devs'] });
    const made = desired({
      principals: [ada, bob, member],
      sessions: [aSession(ada, HOUR), aSession(bob, -1), aSession(member, HOUR)],
      bindings: [
        aBinding(view, [ada, bob]),
        { ...aBinding(edit, []), subjects: [{ kind: 'group', issuer: member.issuer, name: 'devs' }] },
      ],
    });
    expect([...made.byUser.keys()]).toEqual(['ada@example.com', 'eve@example.com']);
  });

  it('counts grants while they run, and ends with them', () => {
    const grant = (startsInMs: number, endsInMs: number): IssuedGrant => ({
      id: createId('grant'),
      organizationId,
      principalId: ada.id,
      roleId: edit.id,
      scope: { kind: 'organization', namespaces: { kind: 'names', names: ['a'] } },
      startsAt: new Date(AT.getTime() + startsInMs),
      endsAt: new Date(AT.getTime() + endsInMs),
      reason: 'an incident',
      createdAt: AT,
      isBreakGlass: false,
    });
    const bound = (startsInMs: number, endsInMs: number) =>
      bindingsOf(desired({ principals: [ada], bindings: [], grants: [grant(startsInMs, endsInMs)] }));
    const expiresAt = AT.getTime() / 1_000 + 600;
    expect(bound(-1, 10 * 60_000)).toEqual([
      { clusterRole: 'edit', namespace: 'a', subjects: [{ user: 'ada@example.com', expiresAt }] },
    ]);
    expect(bound(1, HOUR)).toEqual([]);
  });

  it('ends with the session, rounded up, when that is sooner than the lease', () => {
    const ending = (endsInMs: number) =>
      bindingsOf(
        desired({ principals: [ada], sessions: [aSession(ada, endsInMs)], bindings: [aBinding(view, [ada])] }),
      )[0]?.subjects[0]?.expiresAt;
    expect(ending(60_000)).toBe(Date.parse('2026-01-01T00:15:00Z') / 1_000);
    expect(ending(4 * 60_000)).toBe(Date.parse('2026-01-01T00:15:00Z') / 1_000);
    expect(ending(49 * 60_000)).toBe(Date.parse('2026-01-01T01:00:00Z') / 1_000);
    expect(ending(8 * HOUR)).toBe(LEASE_END);
  });

  it('is the same for half an hour, whatever order records come in', () => {
    const bindings = [aBinding(view, [ada, bob]), aBinding(edit, [bob])];
    const sessions = [aSession(ada, 8 * HOUR), aSession(bob, 8 * HOUR)];
    const one = desired({ principals: [ada, bob], sessions, bindings });
    const other = desired({ principals: [bob, ada], sessions, bindings: [...bindings].reverse() });
    expect(other.encoded.hash).toBe(one.encoded.hash);
    const at = (time: string) => desired({ principals: [ada, bob], sessions, bindings }, { at: new Date(time) });
    expect(at('2026-01-01T00:29:59Z').encoded.hash).toBe(one.encoded.hash);
    expect(at('2026-01-01T00:30:00Z').encoded.hash).not.toBe(one.encoded.hash);
  });

  it('holds machines without a session, and nobody who is disabled, of another organization, or the server itself', () => {
    const machine = aPerson('machine', { kind: 'serviceAccount' });
    const others = [
      aPerson('disabled', { isDisabled: true }),
      aPerson('stranger', { organizationId: createId('organization') }),
      aPerson('sallyport:inventory', { kind: 'system' }),
      aPerson('system:admin'),
    ];
    const made = desired({
      principals: [machine, ...others],
      sessions: others.map((other) => aSession(other, HOUR)),
      bindings: [aBinding(view, [machine, ...others])],
    });
    expect([...made.byUser.keys()]).toEqual(['machine']);
  });

  it('leaves out ClusterRoles that the agent does not bind, ceilings that are no ClusterRole, and broken roles', () => {
    const roles = [
      aRole('all', ['sallyport:cluster-admin', 'sallyport:view']),
      aRole('own', ['acme:operators']),
      aRole('broken', ['system:masters', 'sallyport:edit']),
    ];
    const made = desired({ principals: [ada], roles, bindings: roles.map((role) => aBinding(role, [ada])) });
    expect(made.byUser.get('ada@example.com')).toEqual(new Set(['view/']));
  });

  it('reaches namespaces by their labels as they were last seen, and none when they were not', () => {
    const scope: Scope = {
      kind: 'organization',
      namespaces: { kind: 'selector', selector: { matchLabels: { team: 'a' } } },
    };
    const records = { principals: [ada], bindings: [aBinding(view, [ada], scope)] };
    const namespaces = new Map([
      ['one', { team: 'a' }],
      ['two', { team: 'b' }],
    ]);
    expect(bindingsOf(desired(records, { namespaces })).map(({ namespace }) => namespace)).toEqual(['one']);
    expect(bindingsOf(desired(records))).toEqual([]);
  });

  it('SEC-A19 holds long names and all scripts as they are', () => {
    const people = [`${'a'.repeat(242)}@example.com`, "o'brien+test@example.com", '李小龍', 'Ødegård'].map((name) =>
      aPerson(name),
    );
    const made = desired({ principals: people, bindings: [aBinding(view, people)] });
    expect(
      bindingsOf(made)[0]
        ?.subjects.map(({ user }) => user)
        .sort(),
    ).toEqual(people.map(({ userName }) => userName).sort());
    expect(made.problem).toBeUndefined();
  });

  it('is bound to ClusterRoles of the rules where those are generated, in the namespaces that rule and binding reach', () => {
    const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
    const roles = [
      aRole('plain', ['sallyport:edit']),
      aRole('narrow', ['sallyport:edit'], { rules: [pods, { ...pods, verbs: ['delete'], namespaces: ['a', 'c'] }] }),
      aRole('same', ['sallyport:edit'], { rules: [pods] }),
      aRole('filtering', ['sallyport:view'], { rules: [pods], filterLists: true }),
    ];
    const scope: Scope = { kind: 'organization', namespaces: { kind: 'names', names: ['a', 'b'] } };
    const records = { principals: [ada], roles, bindings: roles.map((role) => aBinding(role, [ada], scope)) };
    const made = desired(records, { generatedRules: true });
    expect(made.problem).toBeUndefined();
    const [all, some] = [
      { ceilings: ['edit'], rules: [pods] },
      { ceilings: ['edit'], rules: [{ ...pods, verbs: ['delete'] }] },
    ];
    const bound = ['edit/a', 'edit/b', 'view/a', 'view/b'];
    const names = [`${upstreamRoleName(all)}/a`, `${upstreamRoleName(all)}/b`, `${upstreamRoleName(some)}/a`];
    expect(made.byUser.get('ada@example.com')).toEqual(new Set([...bound, ...names]));
    const { roles: sent = [] } = parseUpstreamAccess(made.encoded.bytes);
    expect(new Set(sent.map(upstreamRoleName))).toEqual(new Set([upstreamRoleName(all), upstreamRoleName(some)]));
    expect(desired(records).byUser.get('ada@example.com')).toEqual(new Set(bound));
  });

  it('says so when it is more than agents take', () => {
    const people = Array.from({ length: 501 }, (_, i) => `n${i}`);
    const scope: Scope = { kind: 'organization', namespaces: { kind: 'names', names: people } };
    const made = desired({ principals: [ada], bindings: [aBinding(view, [ada], scope)] });
    expect(made.problem).toBe('it has 501 bindings, limit is 500');
  });
});
