import { type Cluster, LOCAL_ISSUER, type Principal } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicyDocuments } from '../compile-policy.ts';
import { ownersOf, wouldLoseLastOwner } from '../owners.ts';
import type { RequestPolicy } from '../policy.ts';
import { aBinding, aCluster, aGrant, aPrincipal, aRequestPolicy, aRole } from '../testing/fixtures.ts';
import { describeExcess } from './describe-excess.ts';
import type { AuthorityRecords, Gift } from './gift.ts';

const FOREVER = { startsAt: new Date(0), endsAt: new Date('2100-01-01T00:00:00Z') };
const ann = aPrincipal();
const ben = aPrincipal({ id: 'prn_ben' as never, subjectClaim: 'ben', userName: 'ben@example.com' });
const { organizationId } = ann;
const helper = aRole({ id: 'rol_helper' as never, name: 'helper', ceilingGroups: [], permissions: ['users.update'] });
const admin = aRole({ id: 'rol_admin' as never, name: 'admin', ceilingGroups: ['sallyport:admin'] });
const owner = aRole({ id: 'rol_owner' as never, name: 'owner', permissions: ['users.update'] });
const staging = aCluster({ id: 'clu_staging' as never, name: 'staging', labels: { env: 'staging' } });
const organization = { kind: 'organization' } as const;
const approvers = { kind: 'group', issuer: LOCAL_ISSUER, name: 'approvers' } as const;

function records(documents: Partial<PolicyDocuments>): AuthorityRecords {
  const principals: readonly Principal[] = [ann, ben];
  const clusters: readonly Cluster[] = [aCluster(), staging];
  const bindings = [aBinding({ roleId: helper.id }), ...(documents.bindings ?? [])];
  return {
    policy: compilePolicy({ roles: [aRole(), helper, admin, owner], ...documents, bindings }, 1),
    clusters: new Map(clusters.map((one) => [one.id, one])),
    principals: new Map(principals.map((one) => [one.id, one])),
    projects: new Map(),
  };
}
const excess = (documents: Partial<PolicyDocuments>, gift: Gift) => describeExcess(records(documents), ann, gift);
const onRequest = (overrides: Partial<RequestPolicy>) => aRequestPolicy({ roleIds: [admin.id], ...overrides });

const EVERYTHING = ['everything that sallyport:admin may do in the whole organization'];

describe('SEC-E06 what is held for a while', () => {
  it('is no authority to hand it out, as it would be if it were bound', () => {
    const gift: Gift = { kind: 'binding', role: admin, scope: organization };
    expect(excess({ grants: [aGrant({ roleId: admin.id, ...FOREVER })] }, gift)).toEqual(EVERYTHING);
    expect(excess({ bindings: [aBinding({ id: 'bnd_2' as never, roleId: admin.id })] }, gift)).toEqual([]);
  });

  it('makes nobody an owner, and leaves nobody one', () => {
    const granted = records({ grants: [aGrant({ roleId: owner.id, ...FOREVER })] });
    const bound = records({ bindings: [aBinding({ id: 'bnd_2' as never, roleId: owner.id })] });
    expect(ownersOf(granted, organizationId)).toEqual([]);
    expect(ownersOf(bound, organizationId)).toEqual([ann]);
    expect(wouldLoseLastOwner(bound, granted, organizationId)).toBe(true);
  });

  it('is handed out with an account, but not by being oneself', () => {
    const grants = (principalId: Principal['id']) => [aGrant({ principalId, roleId: admin.id, ...FOREVER })];
    expect(excess({ grants: grants(ben.id) }, { kind: 'identity', principal: ben })).toEqual(EVERYTHING);
    expect(excess({ grants: grants(ann.id) }, { kind: 'identity', principal: ann })).toEqual([]);
    const gift: Gift = { kind: 'identityProvider', organizationId, issuer: ben.issuer };
    expect(excess({ grants: grants(ben.id) }, gift)).toEqual(EVERYTHING);
  });

  it('grows with its role, and with the clusters that come into its reach', () => {
    const wider = { ...helper, ceilingGroups: ['sallyport:admin'] };
    const onProduction = { kind: 'clusters', clusterIds: [aCluster().id] } as const;
    const granted = [aGrant({ roleId: helper.id, scope: onProduction, ...FOREVER })];
    expect(excess({ grants: granted }, { kind: 'role', role: wider })).toContain(
      'everything that sallyport:admin may do on cluster production',
    );
    const scope = { kind: 'clusterSelector', selector: { matchLabels: { env: 'prod' } } } as const;
    const gift: Gift = { kind: 'cluster', before: staging, after: { ...staging, labels: { env: 'prod' } } };
    expect(excess({ grants: [aGrant({ roleId: admin.id, scope, ...FOREVER })] }, gift)).toEqual([
      'everything that sallyport:admin may do on cluster staging',
    ]);
  });
});

describe('SEC-E06 what may be asked for', () => {
  it('grows with its role, and with the clusters that come into its reach', () => {
    const scope = { kind: 'clusterSelector', selector: { matchLabels: { env: 'prod' } } } as const;
    const gift: Gift = { kind: 'cluster', before: staging, after: { ...staging, labels: { env: 'prod' } } };
    expect(excess({ requestPolicies: [onRequest({ scope })] }, gift)).toEqual([
      'everything that sallyport:admin may do on cluster staging',
    ]);
    const wider = { ...admin, permissions: ['users.delete'] };
    const bound = [aBinding({ id: 'bnd_2' as never, roleId: admin.id })];
    expect(excess({ bindings: bound, requestPolicies: [onRequest({})] }, { kind: 'role', role: wider })).toEqual([
      'permission users.delete in the whole organization',
    ]);
  });

  it('is handed out with membership among those who approve it, and with their accounts', () => {
    const membership: Gift = { kind: 'membership', organizationId, issuer: LOCAL_ISSUER, name: approvers.name };
    const steps = [{ reviewers: [approvers], approvals: 1 }];
    expect(excess({ requestPolicies: [onRequest({ steps })] }, membership)).toEqual(EVERYTHING);
    expect(excess({ requestPolicies: [onRequest({})] }, membership)).toEqual([]);
    const byBen = [{ reviewers: [{ kind: 'principal', id: ben.id } as const], approvals: 1 }];
    expect(excess({ requestPolicies: [onRequest({ steps: byBen })] }, { kind: 'identity', principal: ben })).toEqual(
      EVERYTHING,
    );
  });

  it('is handed out with membership among those who take it without anybody else, not among those who ask', () => {
    const membership: Gift = { kind: 'membership', organizationId, issuer: LOCAL_ISSUER, name: approvers.name };
    const requesters = [approvers];
    const breakGlass = { maxDurationMs: 1, maxPerDay: 1, followUpWithinMs: 1, reviewers: 'permitted' } as const;
    expect(excess({ requestPolicies: [onRequest({ requesters })] }, membership)).toEqual([]);
    for (const taking of [{ autoApprove: 'true' }, { breakGlass }]) {
      expect(excess({ requestPolicies: [onRequest({ requesters, ...taking })] }, membership)).toEqual(EVERYTHING);
    }
  });
});
