import { LOCAL_ISSUER, type Principal } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { ownersOf, wouldLoseLastOwner } from './owners.ts';
import type { Binding } from './policy.ts';
import { aBinding, aPrincipal, aRole } from './testing/fixtures.ts';

const owner = aRole({ name: 'owner' });
const { organizationId } = owner;
const ann = aPrincipal();
const ben = aPrincipal({ id: 'prn-ben' as never, localGroups: ['founders'] });
const founders = { kind: 'group', issuer: LOCAL_ISSUER, name: 'founders' } as const;

const records = (bindings: readonly Partial<Binding>[], principals: readonly Principal[] = [ann, ben]) => ({
  policy: compilePolicy(
    { roles: [owner], bindings: bindings.map((one, i) => aBinding({ id: `bnd-${i}` as never, ...one })) },
    1,
  ),
  principals: new Map(principals.map((one) => [one.id, one])),
});
const namesOf = (...given: Parameters<typeof records>) =>
  ownersOf(records(...given), organizationId).map(({ id }) => id);

describe('owners of an organization', () => {
  it('are those to whom the role is bound, by themselves or by a group that they are in', () => {
    expect(namesOf([{}])).toEqual([ann.id]);
    expect(namesOf([{}, { subjects: [founders] }])).toEqual([ann.id, ben.id]);
  });

  it('are not the disabled, not machines, not a group without a member', () => {
    expect(namesOf([{}], [{ ...ann, isDisabled: true }])).toEqual([]);
    expect(namesOf([{}], [{ ...ann, kind: 'serviceAccount' }])).toEqual([]);
    expect(namesOf([{ subjects: [founders] }], [ann])).toEqual([]);
  });

  it('are not those of a part of it', () => {
    expect(namesOf([{ scope: { kind: 'clusters', clusterIds: ['clu-1' as never] } }])).toEqual([]);
    expect(namesOf([{ scope: { kind: 'organization', namespaces: { kind: 'names', names: ['shop'] } } }])).toEqual([]);
    expect(namesOf([{ scope: { kind: 'installation' } }])).toEqual([]);
  });

  it('SEC-E16 keep one of them, whichever way the last one would go', () => {
    const both = records([{}, { subjects: [founders] }]);
    const one = records([{}]);
    expect(wouldLoseLastOwner(both, one, organizationId)).toBe(false);
    const ways = {
      unbound: records([]),
      disabled: records([{}], [{ ...ann, isDisabled: true }]),
      deleted: records([{}], [ben]),
      narrowed: records([{ scope: { kind: 'clusters', clusterIds: ['clu-1' as never] } }]),
    };
    for (const after of Object.values(ways)) expect(wouldLoseLastOwner(one, after, organizationId)).toBe(true);
    expect(wouldLoseLastOwner(records([]), records([]), organizationId)).toBe(false);
  });

  it('SEC-E16 keep one of them when the last leaves the group of owners', () => {
    const before = records([{ subjects: [founders] }]);
    const after = records([{ subjects: [founders] }], [ann, { ...ben, localGroups: [] }]);
    expect(wouldLoseLastOwner(before, after, organizationId)).toBe(true);
  });
});
