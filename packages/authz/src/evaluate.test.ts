import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { createAuthorizer, evaluate } from './evaluate.ts';
import { authorizerConformance } from './testing/conformance.ts';
import {
  aBinding,
  aCluster,
  anAccessQuery,
  aPrincipal,
  aRequestPolicy,
  aResourceRequest,
  aRole,
} from './testing/fixtures.ts';

describe('evaluate', () => {
  for (const { name, run } of authorizerConformance) {
    it(name, () => run((documents) => createAuthorizer(compilePolicy(documents, 1))));
  }

  it('names the version of the policy in every decision', () => {
    const allowing = compilePolicy({ roles: [aRole()], bindings: [aBinding()] }, 41);
    expect(evaluate(allowing, anAccessQuery()).snapshotVersion).toBe(41);
    expect(evaluate(compilePolicy({ roles: [], bindings: [] }, 42), anAccessQuery()).snapshotVersion).toBe(42);
  });

  it('names the binding and the role in the reasons of an allow', () => {
    const policy = compilePolicy({ roles: [aRole()], bindings: [aBinding()] }, 1);
    expect(evaluate(policy, anAccessQuery()).reasons).toEqual([
      { message: `role view is bound by ${aBinding().id}`, source: `binding/${aBinding().id}` },
    ]);
  });

  it('says who may not do what where, what they hold and which roles would allow it', () => {
    const viewer = aRole({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] });
    const editor = aRole({
      id: 'rol_0000000000000000000000ed1t' as never,
      name: 'edit',
      ceilingGroups: ['sallyport:edit'],
    });
    const requestPolicies = [aRequestPolicy({ roleIds: [viewer.id, editor.id] })];
    const policy = compilePolicy({ roles: [viewer, editor], bindings: [aBinding()], requestPolicies }, 1);
    const query = anAccessQuery({ attributes: aResourceRequest({ verb: 'get', subresource: 'exec' }) });
    expect(evaluate(policy, query)).toEqual({
      effect: 'deny',
      reasons: [
        {
          message:
            'ann@example.com may not create pods/exec web-0 in namespace shop on cluster production: ' +
            'not covered by role view; role edit would allow it and can be asked for',
        },
      ],
      requestable: [{ role: 'edit', maxDurationMs: 3_600_000 }],
      snapshotVersion: 1,
    });
  });

  it('SEC-E17 ends with the role, the person or the cluster that a binding names, and is not revived by their names', () => {
    const role = aRole();
    const namesake = aRole({ id: 'rol_000000000000000000000again' as never });
    const [person, again] = [aPrincipal(), aPrincipal({ id: 'prn_000000000000000000000again' as never })];
    const recreated = aCluster({ id: 'clu_000000000000000000000again' as never });
    const scope = { kind: 'clusters', clusterIds: [aCluster().id] } as const;
    const effectOf = (roles: readonly (typeof role)[], query: Parameters<typeof anAccessQuery>[0]) =>
      evaluate(compilePolicy({ roles, bindings: [aBinding({ scope })] }, 1), anAccessQuery(query)).effect;
    expect(effectOf([role], { principal: person })).toBe('allow');
    expect(effectOf([], { principal: person })).toBe('deny');
    expect(effectOf([namesake], { principal: person })).toBe('deny');
    expect(effectOf([role], { principal: again })).toBe('deny');
    expect(effectOf([role], { cluster: recreated })).toBe('deny');
  });

  it('denies under a role without a ceiling, which no cluster has granted anything', () => {
    const role = aRole({ name: 'auditor', ceilingGroups: [] });
    const decision = evaluate(
      compilePolicy({ roles: [role], bindings: [aBinding({ roleId: role.id })] }, 1),
      anAccessQuery(),
    );
    expect(decision).toMatchObject({ effect: 'deny', requestable: [] });
  });

  it('tells nobody to ask for a role of its own', () => {
    const own = aRole({ name: 'sallyport:inventory' });
    const documents = { roles: [own], bindings: [], requestPolicies: [aRequestPolicy({ roleIds: [own.id] })] };
    const decision = evaluate(compilePolicy(documents, 1), anAccessQuery());
    expect(decision).toMatchObject({ effect: 'deny', requestable: [] });
  });

  it('says that no role is bound, and keeps roles of other organizations to themselves', () => {
    const foreign = aRole({ organizationId: 'org_00000000000000000000000002' as never, name: 'foreign' });
    const requestPolicies = [aRequestPolicy({ roleIds: [foreign.id] })];
    const policy = compilePolicy({ roles: [foreign], bindings: [], requestPolicies }, 1);
    const decision = evaluate(
      policy,
      anAccessQuery({ attributes: { kind: 'nonResource', verb: 'get', path: '/version' } }),
    );
    expect(decision).toMatchObject({
      requestable: [],
      reasons: [
        { message: 'ann@example.com may not get /version on cluster production: no role is bound to them there' },
      ],
    });
  });

  it('says what is wrong with a broken role that is bound', () => {
    const broken = aRole({ rules: [{ verbs: ['get'], resources: ['pods'] }] });
    const decision = evaluate(compilePolicy({ roles: [broken], bindings: [aBinding()] }, 1), anAccessQuery());
    expect(decision.reasons[1]).toEqual({
      message: 'role view is broken: rules[0] has resources but no apiGroups',
      source: `role/${broken.id}`,
    });
  });

  it('names a few of many roles that may be asked for', () => {
    const roles = ['a', 'b', 'c', 'd', 'e'].map((name) => aRole({ id: `rol_${name}` as never, name }));
    const requestPolicies = [aRequestPolicy({ roleIds: roles.map(({ id }) => id) })];
    const decision = evaluate(compilePolicy({ roles, bindings: [], requestPolicies }, 1), anAccessQuery());
    expect(decision.reasons[0]?.message).toContain('; roles a, b, c, 2 more would allow it and can be asked for');
    expect(decision.effect === 'deny' && decision.requestable.map(({ role }) => role)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('quotes and bounds what comes from the request in its sentences', () => {
    const attributes = aResourceRequest({ name: `x\u001b[2J\n${'y'.repeat(10_000)}` });
    const query = anAccessQuery({ attributes, principal: aPrincipal(), cluster: aCluster() });
    const [reason] = evaluate(compilePolicy({ roles: [], bindings: [] }, 1), query).reasons;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(reason?.message).not.toMatch(/[\u0000-\u001f]/);
    expect(reason?.message.length).toBeLessThan(400);
  });
});
