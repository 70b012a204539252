import { describe, expect, it } from 'vitest';
import { generatedRoles, upstreamRules } from './generated-roles.ts';

const pods = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

describe('rules in the words of a ClusterRole', () => {
  it('say the same, with the verbs that a wildcard stands for and none beyond', () => {
    expect(upstreamRules({ ...pods, resourceNames: ['a'] })).toEqual([{ ...pods, resourceNames: ['a'] }]);
    const [every] = upstreamRules({ verbs: ['*'], apiGroups: ['*'], resources: ['deployments'] });
    expect(every?.verbs).toEqual(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']);
  });

  for (const [resources, streams] of [
    [['pods/exec'], ['pods/exec']],
    [['*/attach'], ['pods/attach']],
    [['*'], ['pods/exec', 'pods/attach', 'pods/portforward']],
  ] as const) {
    it(`let streams be created by either verb that is asked for: ${resources}`, () => {
      expect(upstreamRules({ verbs: ['create'], apiGroups: [''], resources })).toEqual([
        { verbs: ['create'], apiGroups: [''], resources },
        { verbs: ['get', 'create'], apiGroups: [''], resources: streams },
      ]);
      expect(upstreamRules({ verbs: ['list'], apiGroups: [''], resources })).toHaveLength(1);
      expect(upstreamRules({ verbs: ['create'], apiGroups: ['apps'], resources })).toHaveLength(1);
    });
  }

  it('are apart for resources and for paths, which are only read', () => {
    expect(upstreamRules({ ...pods, verbs: ['*'], nonResourceUrls: ['/metrics'] }).at(-1)).toEqual({
      verbs: ['get', 'head'],
      nonResourceURLs: ['/metrics'],
    });
    expect(upstreamRules({ verbs: ['create'], nonResourceUrls: ['/metrics'] })).toEqual([]);
    expect(upstreamRules({ verbs: ['get'], nonResourceUrls: ['/metrics'], namespaces: ['a'] })).toEqual([]);
  });
});

describe('the ClusterRoles of a role', () => {
  it('are one for each list of namespaces that its rules name', () => {
    const rules = [
      pods,
      { ...pods, verbs: ['delete'], namespaces: ['b', 'a'] },
      { ...pods, verbs: ['update'], namespaces: ['a', 'b'] },
      { ...pods, verbs: ['patch'] },
      { ...pods, verbs: ['watch'], namespaces: ['../a'] },
    ];
    expect(generatedRoles({ rules }, ['edit'])).toEqual([
      { role: { ceilings: ['edit'], rules: [pods, { ...pods, verbs: ['patch'] }] } },
      {
        role: {
          ceilings: ['edit'],
          rules: [
            { ...pods, verbs: ['delete'] },
            { ...pods, verbs: ['update'] },
          ],
        },
        namespaces: ['b', 'a'],
      },
      { role: { ceilings: ['edit'], rules: [{ ...pods, verbs: ['watch'] }] }, namespaces: [] },
    ]);
    expect(generatedRoles({ rules }, [])).toEqual([]);
  });

  for (const [what, role] of [
    ['has no rules', {}],
    ['filters lists', { rules: [pods], filterLists: true }],
    ['selects by labels', { rules: [pods, { ...pods, labelSelector: { matchLabels: { a: 'b' } } }] }],
    ['may escalate', { rules: [{ ...pods, verbs: ['escalate'] }] }],
    ['has a verb of a kind of its own', { rules: [pods, { ...pods, verbs: ['approve'] }] }],
  ] as const) {
    it(`are none where a role ${what}`, () => {
      expect(generatedRoles(role, ['edit'])).toBeUndefined();
    });
  }
});
