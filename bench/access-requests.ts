/** What access requests and grants cost when there are many of them, against few. On PostgreSQL. */
import { compilePolicy, evaluate, type Grant } from '@sallyport/authz';
import { aCluster, aPrincipal, aResourceRequest, aRole } from '@sallyport/authz/testing';
import { createId } from '@sallyport/core';
import type { Comparison } from './comparison.ts';
import { type Asked, compareSizes, ORGANIZATION } from './organization.ts';
import type { OrganizationSize } from './organization-process.ts';

const PEOPLE: OrganizationSize = { users: 1_000, groups: 10, roles: 5, bindings: 50, clusters: 20 };

const ASKED: readonly Asked[] = [
  {
    id: 'access-requests-list',
    title: 'two pages of 100 access requests, p95',
    count: 60,
    async ask({ person: { api } }) {
      const { metadata } = await api.listAccessRequests({ organization: ORGANIZATION });
      if (metadata.continue === undefined) throw new Error('there is no second page');
      await api.listAccessRequests({ organization: ORGANIZATION, continue: metadata.continue });
    },
  },
  {
    id: 'access-requests-grants',
    title: 'page of 100 active grants, p95',
    count: 60,
    ask: ({ person }) => person.api.listGrants({ organization: ORGANIZATION, state: 'active' }),
  },
  {
    id: 'access-requests-decision',
    title: 'asking for access and cancelling it, p95',
    count: 30,
    async ask({ person: { api } }, i) {
      const { id } = await api.createAccessRequest({
        organization: ORGANIZATION,
        body: {
          role: 'role-00000',
          scope: { kind: 'clusters', clusters: ['cluster-00000'] },
          duration: '1h',
          reason: `Round ${i}`,
        },
      });
      await api.cancelAccessRequest({ organization: ORGANIZATION, id, body: {} });
    },
  },
];

const [FEW, MANY] = [100, 5_000];
const DECISIONS = 20_000;

/** What a decision about somebody with a grant costs while there are many grants, in CPU time of this process. */
const decision: Comparison = {
  id: 'access-requests-evaluate',
  title: `a decision with ${MANY} active grants against ${FEW}`,
  unit: 'µs',
  figure: `${MANY} grants`,
  baseline: `${FEW} grants`,
  async open() {
    const [few, many] = [decider(FEW), decider(MANY)];
    for (const decide of [few, many]) decide();
    return {
      round: async () => ({ [`${FEW} grants`]: few(), [`${MANY} grants`]: many() }),
      close: async () => {},
    };
  },
};

function decider(count: number): () => number {
  const cluster = aCluster();
  const role = aRole({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] });
  const principal = aPrincipal();
  const at = new Date();
  const grants = Array.from(
    { length: count },
    (_, i): Grant => ({
      id: createId('grant'),
      organizationId: role.organizationId,
      principalId: i === 0 ? principal.id : createId('principal'),
      roleId: role.id,
      scope: { kind: 'clusters', clusterIds: [cluster.id] },
      startsAt: new Date(at.getTime() - 1_000),
      endsAt: new Date(at.getTime() + 3_600_000 + i),
    }),
  );
  const policy = compilePolicy({ roles: [role], bindings: [], grants }, 1);
  const requests = Array.from({ length: 64 }, (_, i) => aResourceRequest({ resource: 'pods', name: `pod-${i}` }));
  return () => {
    const before = process.cpuUsage();
    for (let i = 0; i < DECISIONS; i += 1) {
      const attributes = requests[i % requests.length];
      if (attributes === undefined || evaluate(policy, { principal, cluster, attributes, at }).effect !== 'allow') {
        throw new Error('a grant does not count');
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / DECISIONS;
  };
}

/** 5,000 active grants and 50,000 requests of before against 100 and 500. */
export const accessRequestComparisons: readonly Comparison[] = [
  decision,
  ...ASKED.map((asked) =>
    compareSizes(
      asked,
      { name: '500 requests', size: { ...PEOPLE, grants: FEW, requests: 500 } },
      { name: '50,000 requests', size: { ...PEOPLE, grants: MANY, requests: 50_000 } },
    ),
  ),
];
