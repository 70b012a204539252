import { describe, expect, it } from 'vitest';
import { clusterKind } from './cluster.ts';

describe('the agent of a cluster', () => {
  const problemOf = (agent: object) => {
    const { error } = clusterKind.spec.safeParse({ agent });
    return error?.issues.map(({ path, message }) => [path.join('.'), message]);
  };

  it('has rules generated only where people are bound', () => {
    for (const upstreamMode of ['managed', 'serviceAccounts']) {
      expect(problemOf({ upstreamMode, generatedRules: true })).toBeUndefined();
    }
    const refused = [
      [
        'agent.generatedRules',
        'rules are generated only where people are bound: upstreamMode managed or serviceAccounts',
      ],
    ];
    expect(problemOf({ generatedRules: true })).toEqual(refused);
    expect(problemOf({ upstreamMode: 'impersonate', generatedRules: true })).toEqual(refused);
    expect(problemOf({ generatedRules: false })).toBeUndefined();
  });
});
