import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { explain } from './explain.ts';
import type { AccessPolicy, Binding } from './policy.ts';
import { aBinding, aCluster, anAccessQuery, aPrincipal, aResourceRequest, aRole } from './testing/fixtures.ts';

const binding = (id: string, overrides: Partial<Binding>) => aBinding({ id: `bnd_${id}` as never, ...overrides });
const policyOf = (id: string, overrides: Partial<AccessPolicy>): AccessPolicy => ({
  id: `pol_${id}` as never,
  organizationId: aPrincipal().organizationId,
  name: id,
  subjects: 'everyone',
  scope: { kind: 'organization' },
  ...overrides,
});

describe('explain', () => {
  it('says of each binding and each statement what it came to', () => {
    const pods = { apiGroups: [''], resources: ['pods'] };
    const view = aRole({
      rules: [
        { verbs: ['list'], ...pods },
        { verbs: ['get'], ...pods },
      ],
    });
    const nodes = aRole({
      id: 'rol_n' as never,
      name: 'nodes',
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }],
    });
    const broken = aRole({ id: 'rol_b' as never, name: 'broken', rules: [{ verbs: ['get'], resources: ['pods'] }] });
    const documents = {
      roles: [view, nodes, broken],
      bindings: [
        binding('1', {}),
        binding('2', { roleId: nodes.id }),
        binding('3', { roleId: broken.id }),
        binding('4', { scope: { kind: 'clusters', clusterIds: ['clu_other' as never] } }),
        binding('5', { scope: { kind: 'organization', namespaces: { kind: 'names', names: ['bank'] } } }),
        binding('6', { condition: 'cluster.name == "staging"' }),
        binding('7', { condition: 'session.acr == "high"' }),
      ],
      accessPolicies: [
        policyOf('a', {
          deny: [
            { rules: [{ verbs: ['delete'], ...pods }] },
            { rules: [{ verbs: ['get'], ...pods }], condition: 'request.name == "db"' },
          ],
          require: [{ rules: [{ verbs: ['*'], ...pods }], obligations: ['record'] }],
        }),
        policyOf('b', {
          scope: { kind: 'clusters', clusterIds: ['clu_other' as never] },
          deny: [{ privileges: ['rbac'] }],
        }),
      ],
    };
    const { decision, steps } = explain(compilePolicy(documents, 1), anAccessQuery());
    expect(decision).toMatchObject({
      effect: 'allow',
      isConditional: true,
      reasons: [{ source: 'binding/bnd_1', path: 'rules[1]' }],
    });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({
      userName: 'ann@example.com',
      actions: ['get pods web-0 in namespace shop'],
      bindings: [
        { bindingId: 'bnd_1', roleName: 'view', outcome: 'allows', rule: 'rules[1]' },
        { bindingId: 'bnd_2', outcome: 'notCovered' },
        {
          bindingId: 'bnd_3',
          outcome: 'brokenRole',
          detail: 'role broken is broken: rules[0] has resources but no apiGroups',
        },
        { bindingId: 'bnd_4', outcome: 'otherCluster' },
        { bindingId: 'bnd_5', outcome: 'otherNamespace' },
        { bindingId: 'bnd_6', outcome: 'conditionDoesNotHold' },
        { bindingId: 'bnd_7', outcome: 'conditionFailed', detail: 'line 1, column 9: no such key: acr' },
      ],
      statements: [
        { policyName: 'a', effect: 'deny', path: 'deny[0]', outcome: 'doesNotMatch' },
        { policyName: 'a', effect: 'deny', path: 'deny[1]', outcome: 'conditionDoesNotHold' },
        { policyName: 'a', effect: 'require', path: 'require[0].rules[0]', outcome: 'matches' },
        { policyName: 'b', effect: 'deny', path: 'deny[0]', outcome: 'otherCluster' },
      ],
    });
  });

  it('tells the rights to act as somebody else before the request', () => {
    const ben = aPrincipal({ id: 'prn_ben' as never, userName: 'ben' });
    const support = aRole({
      rules: [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['ben'] }],
      privileges: ['impersonation'],
    });
    const documents = { roles: [support], bindings: [aBinding()] };
    const query = anAccessQuery({ actAs: { userName: 'ben', groups: [], principal: ben } });
    const { decision, steps } = explain(compilePolicy(documents, 1), query);
    expect(decision.reasons.map(({ message }) => message)).toEqual([
      'ben may not get pods web-0 in namespace shop on cluster production: no role is bound to them there',
      'ann@example.com asks to act as them',
    ]);
    expect(steps).toMatchObject([
      {
        userName: 'ann@example.com',
        actions: ['impersonate users ben cluster-wide'],
        bindings: [{ outcome: 'allows' }],
      },
      { userName: 'ben', actions: ['get pods web-0 in namespace shop'], bindings: [] },
    ]);
  });

  it('has nothing to tell of what no document decides', () => {
    const query = anAccessQuery({ principal: aPrincipal({ isDisabled: true }), attributes: aResourceRequest() });
    const { decision, steps } = explain(compilePolicy({ roles: [aRole()], bindings: [aBinding()] }, 1), query);
    expect(decision.effect).toBe('deny');
    expect(steps[0]?.bindings).toEqual([]);
    expect(
      explain(compilePolicy({ roles: [], bindings: [] }, 1), anAccessQuery({ cluster: aCluster() })).decision.effect,
    ).toBe('deny');
  });
});
