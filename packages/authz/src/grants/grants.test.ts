import type { GrantId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy, withGrants } from '../compile-policy.ts';
import { evaluate } from '../evaluate.ts';
import { explain } from '../explain.ts';
import { createPermissionIndex } from '../permission-index.ts';
import type { Grant } from '../policy.ts';
import type { AccessQuery } from '../query.ts';
import { aBinding, aCluster, aGrant, anAccessQuery, aPrincipal, aResourceRequest, aRole } from '../testing/fixtures.ts';

const START = new Date('2026-03-01T10:00:00Z');
const END = new Date('2026-03-01T11:00:00Z');
const INSIDE = new Date('2026-03-01T10:30:00Z');
const view = aRole();
const edit = aRole({ id: 'rol_edit' as never, name: 'edit', ceilingGroups: ['sallyport:edit'] });
const given = (overrides: Partial<Grant> = {}) => aGrant({ startsAt: START, endsAt: END, ...overrides });
const policyOf = (grants: readonly Grant[], bindings = [] as ReturnType<typeof aBinding>[]) =>
  compilePolicy({ roles: [view, edit], bindings, grants }, 1);
const decide = (grants: readonly Grant[], query: Partial<AccessQuery> = {}) =>
  evaluate(policyOf(grants), anAccessQuery({ at: INSIDE, ...query }));
const id = (name: string) => `gnt_${name}` as GrantId;

describe('a grant in decisions', () => {
  it('SEC-C12 counts from its start until just before its end, by the instant of the request alone', () => {
    const policy = policyOf([given()]);
    const effectAt = (at: Date) => evaluate(policy, anAccessQuery({ at })).effect;
    const instants: readonly (readonly [number, string])[] = [
      [START.getTime() - 1, 'deny'],
      [START.getTime(), 'allow'],
      [INSIDE.getTime(), 'allow'],
      [END.getTime() - 1, 'allow'],
      [END.getTime(), 'deny'],
      [END.getTime() + 1, 'deny'],
    ];
    // Forwards, backwards and again: what was remembered of one stretch is not told of another.
    for (const [atMs, want] of [...instants, ...[...instants].reverse(), ...instants]) {
      expect([atMs, effectAt(new Date(atMs))]).toEqual([atMs, want]);
    }
  });

  it('says which grant allows and until when', () => {
    expect(decide([given()])).toMatchObject({
      effect: 'allow',
      expiresAt: END,
      reasons: [
        {
          message: `role view is granted by ${given().id} until 2026-03-01T11:00:00.000Z`,
          source: `grant/${given().id}`,
        },
      ],
    });
  });

  it('SEC-D03 counts for its principal, its organization and its clusters alone', () => {
    const other = 'org_other' as never;
    expect(decide([given({ principalId: 'prn_other' as never })]).effect).toBe('deny');
    expect(decide([given({ organizationId: other })]).effect).toBe('deny');
    expect(decide([given({ roleId: 'rol_gone' as never })]).effect).toBe('deny');
    expect(decide([given({ scope: { kind: 'clusters', clusterIds: ['clu_other' as never] } })]).effect).toBe('deny');
    expect(decide([given()], { principal: aPrincipal({ organizationId: other }) }).effect).toBe('deny');
    expect(decide([given()], { cluster: aCluster({ organizationId: other }) }).effect).toBe('deny');
    expect(decide([given()], { principal: aPrincipal({ isDisabled: true }) }).effect).toBe('deny');
  });

  it('SEC-A08 never counts when its instants or its objects can not be read', () => {
    const broken: readonly object[] = [
      { startsAt: undefined },
      { endsAt: undefined },
      { startsAt: '2026-01-01T00:00:00Z' },
      { endsAt: new Date(Number.NaN) },
      { startsAt: END, endsAt: START },
      { objects: [] },
      { objects: 'all' },
      { objects: [{ resource: 'pods' }] },
      { objects: [null] },
      { scope: { kind: 'everything' } },
    ];
    for (const part of broken) {
      const grant = { ...given(), ...part };
      expect([part, decide([grant]).effect]).toEqual([part, 'deny']);
      expect(explain(policyOf([grant]), anAccessQuery({ at: INSIDE })).decision.effect).toBe('deny');
    }
  });

  describe('narrowed to objects', () => {
    const objects = [
      { resource: 'pods', namespace: 'shop', name: 'web-0' },
      { resource: 'namespaces', name: 'bank' },
    ];
    const cases: readonly { readonly name: string; readonly request: object; readonly want: 'allow' | 'deny' }[] = [
      { name: 'the object', request: {}, want: 'allow' },
      { name: 'its log', request: { subresource: 'log' }, want: 'allow' },
      { name: 'a shell in it', request: { verb: 'create', subresource: 'exec' }, want: 'allow' },
      { name: 'a watch of it by name', request: { verb: 'watch' }, want: 'allow' },
      { name: 'a list of it by name', request: { verb: 'list' }, want: 'allow' },
      { name: 'a list', request: { verb: 'list', name: '' }, want: 'deny' },
      { name: 'a list everywhere', request: { verb: 'list', name: '', namespace: '' }, want: 'deny' },
      { name: 'a deletion of all', request: { verb: 'deletecollection', name: '' }, want: 'deny' },
      { name: 'another object', request: { name: 'web-1' }, want: 'deny' },
      { name: 'one of that name elsewhere', request: { namespace: 'bank' }, want: 'deny' },
      { name: 'one of that name of another kind', request: { resource: 'services' }, want: 'deny' },
      { name: 'one of that name of another group', request: { apiGroup: 'example.com' }, want: 'deny' },
      { name: 'a new object', request: { verb: 'create', name: '' }, want: 'deny' },
      { name: 'a namespace', request: { resource: 'namespaces', namespace: 'bank', name: 'bank' }, want: 'allow' },
      { name: 'what is in it', request: { namespace: 'bank', name: 'bank' }, want: 'deny' },
    ];
    for (const { name, request, want } of cases) {
      it(`${want === 'allow' ? 'covers' : 'does not cover'} ${name}`, () => {
        const policy = policyOf([given({ objects })]);
        // Another place first, so that nothing of it is remembered for this one.
        evaluate(policy, anAccessQuery({ at: INSIDE, attributes: aResourceRequest({ name: 'other' }) }));
        const query = anAccessQuery({ at: INSIDE, attributes: aResourceRequest(request) });
        expect(evaluate(policy, query).effect).toBe(want);
      });
    }

    it('lets a client find out which kinds there are, and nothing else that is no object', () => {
      const ask = (path: string) =>
        decide([given({ objects })], { attributes: { kind: 'nonResource', verb: 'get', path } });
      expect(ask('/api/v1').effect).toBe('allow');
      expect(ask('/metrics').effect).toBe('deny');
    });
  });

  describe('beside others', () => {
    const later = new Date('2026-03-01T12:00:00Z');
    const expiry = (grants: readonly Grant[], bindings: ReturnType<typeof aBinding>[] = []) => {
      const decision = evaluate(policyOf(grants, bindings), anAccessQuery({ at: INSIDE }));
      return decision.effect === 'allow' ? [decision.impersonate.groups, decision.expiresAt] : decision.reasons;
    };

    it('adds its groups to what is bound, and ends what goes by them', () => {
      expect(expiry([given({ roleId: edit.id })], [aBinding()])).toEqual([['sallyport:edit', 'sallyport:view'], END]);
    });

    it('ends nothing that is bound anyway', () => {
      expect(expiry([given()], [aBinding()])).toEqual([['sallyport:view'], undefined]);
    });

    it('ends nothing that another grant lets go on, and all of what each of them gives a part of', () => {
      expect(expiry([given(), given({ id: id('b'), endsAt: later })])).toEqual([['sallyport:view'], later]);
      expect(expiry([given(), given({ id: id('b'), endsAt: later, roleId: edit.id })])).toEqual([
        ['sallyport:edit', 'sallyport:view'],
        END,
      ]);
    });

    it('is not what a request goes by before it starts', () => {
      const scheduled = given({ id: id('b'), roleId: edit.id, startsAt: END, endsAt: later });
      expect(expiry([given(), scheduled])).toEqual([['sallyport:view'], END]);
    });
  });

  it('ends what somebody does as somebody else with the right to be them, and with what these may do', () => {
    const rules = [
      { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['ben@example.com'] },
    ];
    const acting = aRole({ id: 'rol_as' as never, name: 'as', rules, privileges: ['impersonation'] });
    const ben = aPrincipal({ id: 'prn_ben' as never, userName: 'ben@example.com' });
    const soon = new Date('2026-03-01T10:45:00Z');
    const actAs = { userName: ben.userName, groups: [], principal: ben };
    const decideAs = (mine: Partial<Grant>, theirs: Partial<Grant>) => {
      const grants = [given({ roleId: acting.id, ...mine }), given({ id: id('b'), principalId: ben.id, ...theirs })];
      const policy = compilePolicy({ roles: [view, acting], bindings: [], grants }, 1);
      return evaluate(policy, anAccessQuery({ at: INSIDE, actAs }));
    };
    expect(decideAs({}, { endsAt: soon })).toMatchObject({ effect: 'allow', expiresAt: soon });
    expect(decideAs({ endsAt: soon }, {})).toMatchObject({ effect: 'allow', expiresAt: soon });
    expect(decideAs({ endsAt: START }, {}).effect).toBe('deny');
    expect(decideAs({}, { startsAt: soon }).effect).toBe('deny');
  });

  it('says in a denial when it starts', () => {
    const [reason] = decide([given()], { at: new Date(START.getTime() - 1) }).reasons;
    expect(reason?.message).toContain('role view is granted only from 2026-03-01T10:00:00.000Z');
  });

  it('is explained with its time and its objects', () => {
    const objects = [{ resource: 'pods', namespace: 'shop', name: 'other' }];
    const grants = [
      given({ id: id('1') }),
      given({ id: id('2'), startsAt: END, endsAt: new Date('2026-03-01T12:00:00Z') }),
      given({ id: id('3'), endsAt: INSIDE }),
      given({ id: id('4'), objects }),
    ];
    const [step] = explain(policyOf(grants), anAccessQuery({ at: INSIDE })).steps;
    expect(step?.bindings).toEqual([
      { grantId: 'gnt_1', roleName: 'view', outcome: 'allows' },
      { grantId: 'gnt_2', roleName: 'view', outcome: 'notStarted', detail: 'it starts at 2026-03-01T11:00:00.000Z' },
      { grantId: 'gnt_3', roleName: 'view', outcome: 'ended' },
      { grantId: 'gnt_4', roleName: 'view', outcome: 'otherObject' },
    ]);
  });
});

describe('a grant on Sallyport itself', () => {
  const reader = aRole({ permissions: ['users.read', 'clusters.read'] });
  const organization = { kind: 'organization', organizationId: reader.organizationId } as const;
  const indexAt = (at: Date | undefined, overrides: Partial<Grant> = {}) =>
    createPermissionIndex(compilePolicy({ roles: [reader], bindings: [], grants: [given(overrides)] }, 1), at);
  const permits = (...given: Parameters<typeof indexAt>) =>
    indexAt(...given).permits(aPrincipal(), 'users.read', organization);

  it('gives the permissions of its role in its time', () => {
    expect(permits(INSIDE)).toBe(true);
    expect(permits(START)).toBe(true);
    expect(permits(END)).toBe(false);
    expect(permits(new Date(START.getTime() - 1))).toBe(false);
    expect(permits(undefined)).toBe(false);
    expect(indexAt(INSIDE).visible(aPrincipal(), 'users.read')).toBe('all');
  });

  it('gives only the use of clusters when it is narrowed to objects', () => {
    const objects = [{ resource: 'pods', namespace: 'shop', name: 'web-0' }];
    expect(permits(INSIDE, { objects })).toBe(false);
    const onCluster = indexAt(INSIDE, { objects }).permissionsOf(aPrincipal(), {
      kind: 'cluster',
      cluster: aCluster(),
    });
    expect([...onCluster]).toEqual(['clusters.read']);
  });

  it('stays within the limit of an API key', () => {
    const limited = aPrincipal({ permissionLimit: ['clusters.read'] });
    expect(indexAt(INSIDE).permits(limited, 'users.read', organization)).toBe(false);
    expect(indexAt(INSIDE).permits(limited, 'clusters.read', organization)).toBe(true);
  });
});

describe('withGrants', () => {
  it('changes the grants and nothing else', () => {
    const before = policyOf([given()]);
    const after = withGrants(before, [], 2);
    expect(evaluate(before, anAccessQuery({ at: INSIDE }))).toMatchObject({ effect: 'allow', snapshotVersion: 1 });
    expect(evaluate(after, anAccessQuery({ at: INSIDE }))).toMatchObject({ effect: 'deny', snapshotVersion: 2 });
    expect(after.bindingsOf).toBe(before.bindingsOf);
    const again = withGrants(after, [given()], 3);
    expect(evaluate(again, anAccessQuery({ at: INSIDE }))).toMatchObject({ effect: 'allow', snapshotVersion: 3 });
  });

  it('keeps what was found for whoever has the grants of before, and finds it anew for the others', () => {
    const [mine, theirs] = [given(), given({ id: id('b'), principalId: 'prn_ben' as never })];
    const [ann, ben] = [aPrincipal(), aPrincipal({ id: 'prn_ben' as never })];
    const cluster = aCluster();
    const before = policyOf([mine, theirs]);
    const shorter = { ...theirs, endsAt: INSIDE };
    const after = withGrants(before, [shorter, mine], 2);
    expect(after.bindingIndexOn(ann, cluster)).toBe(before.bindingIndexOn(ann, cluster));
    expect(after.bindingIndexOn(ben, cluster)).not.toBe(before.bindingIndexOn(ben, cluster));
    expect(evaluate(after, anAccessQuery({ principal: ben, at: INSIDE })).effect).toBe('deny');
  });
});
